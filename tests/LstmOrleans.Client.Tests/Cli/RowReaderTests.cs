using System.Text;
using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.Rows;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>A cursor keeps the offset behind a row: entered there, an input must give exactly the rows that follow.</summary>
public sealed class RowReaderTests : IDisposable
{
    /// <summary>Rows that are none of ten features behind a time, and what is said of each.</summary>
    public static TheoryData<string, string> BrokenRows => new()
    {
        { "t,abc,0,0,0,0,0,0,0,0,0", "'c0' is 'abc'" },
        { "t,0,NaN,0,0,0,0,0,0,0,0", "'c1' is 'NaN'" },
        { "t,0,0,1e99,0,0,0,0,0,0,0", "'c2' is '1e99'" },
        { "t,0,0,0", "4 columns; the header has 11" },
        { "\"t,0,0,0,0,0,0,0,0,0,0", "quote" },
    };

    private readonly TemporaryDirectory _folder = new();
    private readonly List<RowSource> _sources = [];

    [Theory]
    [InlineData("a,b\n1,2\n3,4\n5,6\n")]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n5,6")]
    [InlineData("\uFEFFa,b\n1,2\n\n \n3,4\n5,6\n\n")]
    [InlineData("\"a\",b,\u00FC\n1,\"2\",x\n3,4,\"\u00E4, \"\"q\"\"\"\n\"5\",6,\n")]
    [InlineData("\n{\"a\":1,\"b\":2}\n{\"b\":4,\"a\":3}\r\n\n{\"a\":5,\"b\":6}")]
    [InlineData("[1,2]\n[3,4]\n[5,6]")]
    public async Task Enter_BehindAnyRow_GivesTheRowsThatFollow(string content)
    {
        var all = await ReadAsync(content, (0, 0));
        Assert.Equal([[1f, 2f], [3f, 4f], [5f, 6f]], all.Select(read => read.Row.Values));
        for (var index = 0; index < all.Count; index++)
        {
            var rest = await ReadAsync(content, all[index].Behind);
            Assert.Equal(all[(index + 1)..].Select(read => (read.Row.Line, read.Behind)), rest.Select(read => (read.Row.Line, read.Behind)));
            Assert.Equal(all[(index + 1)..].Select(read => read.Row.Values), rest.Select(read => read.Row.Values));
        }
    }

    [Theory]
    [MemberData(nameof(BrokenRows))]
    public async Task BrokenRow_IsToldWithItsLine_AndTheNextIsRead(string broken, string problem)
    {
        const string Whole = "t,1,2,3,4,5,6,7,8,9,10";
        var reader = await OpenAsync($"time,c0,c1,c2,c3,c4,c5,c6,c7,c8,c9\n{Whole}\n{broken}\n{Whole}\n", new RowSpec { InputSize = 10, Model = "model" });
        Assert.Null((await reader.ReadAsync(TestContext.Current.CancellationToken))!.Value.Problem);
        var row = await reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, row!.Value.Line);
        Assert.Contains(problem, row.Value.Problem, StringComparison.Ordinal);
        var next = await reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal((4L, 10f), (next!.Value.Line, next.Value.Values[^1]));
    }

    // A model that the list does not have: the server sees the right number of bytes whatever the lengths of the rows were.
    [Fact]
    public async Task Arrays_OfAnotherLengthThanTheFirst_AreBroken_WhereTheModelIsNotKnown()
    {
        var reader = await OpenAsync("[1,2]\n[3]\n[3,4,9]\n[5,6]", new RowSpec { Json = true, Model = "model" });
        var rows = new List<Row>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { } row)
            rows.Add(row);
        Assert.Equal(4, rows.Count);
        Assert.Equal([1f, 2f], rows[0].Values);
        Assert.Contains("has 1 numbers; the first one has 2", rows[1].Problem, StringComparison.Ordinal);
        Assert.Contains("has 3 numbers; the first one has 2", rows[2].Problem, StringComparison.Ordinal);
        Assert.Equal([5f, 6f], rows[3].Values);
    }

    // The next file's first row may have that field and lack another: other features, as many, and nobody would notice.
    [Fact]
    public async Task EmptyFieldInTheFirstRow_WhereColumnsAreNotNamed_IsRefused()
    {
        const string Rows = "t,a,b,quality\nx,1,,7\nx,1,2,7\n";
        var refusal = await Assert.ThrowsAsync<RowException>(() => OpenAsync(Rows, new RowSpec { InputSize = 2, Model = "model" }));
        Assert.Contains("'b' is empty", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--columns", refusal.Message, StringComparison.Ordinal);
        await OpenAsync(Rows, new RowSpec { InputSize = 2, Model = "model", Columns = ["a", "quality"] });
    }

    [Fact]
    public async Task Lines_WhateverTheReadsCut_AreTheSame()
    {
        const int Seed = 81;
        var random = new Random(Seed);
        var text = string.Concat(Enumerable.Range(0, 400).Select(index => new string('x', random.Next(index == 200 ? 200_000 : 600)) + (index % 3 == 0 ? "\r\n" : "\n")));
        using var stream = new ChoppedStream(Encoding.UTF8.GetBytes(text), random);
        var lines = new LineReader(stream, "text");
        long offset = 0;
        foreach (var expected in text.Split('\n')[..^1])
        {
            Assert.True(await lines.ReadAsync(TestContext.Current.CancellationToken));
            offset += expected.Length + 1;
            Assert.Equal((expected.TrimEnd('\r').Length, offset), (lines.Line.Length, lines.Offset));
        }

        Assert.False(await lines.ReadAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        foreach (var source in _sources)
            source.Dispose();
        _folder.Dispose();
    }

    private Task<RowReader> OpenAsync(string content, RowSpec spec)
    {
        var path = _folder.File($"rows-{_sources.Count}");
        File.WriteAllText(path, content);
        var source = RowSource.Open(path);
        _sources.Add(source);
        return RowReader.OpenAsync(source, spec, 0, 0, TestContext.Current.CancellationToken);
    }

    private async Task<List<(Row Row, (long Offset, long Line) Behind)>> ReadAsync(string content, (long Offset, long Line) start)
    {
        var path = _folder.File("rows");
        File.WriteAllText(path, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        using var source = RowSource.Open(path);
        Assert.True(source.IsRowBoundary(start.Offset));
        var json = content.TrimStart()[0] is '[' or '{';
        var reader = await RowReader.OpenAsync(source, new RowSpec { Json = json, Columns = json ? ["a", "b"] : [], InputSize = 2, Model = "model" }, start.Offset, start.Line, TestContext.Current.CancellationToken);
        var rows = new List<(Row, (long, long))>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { } row)
        {
            Assert.Null(row.Problem);
            rows.Add((row, (reader.Offset, reader.Line)));
        }

        return rows;
    }

    /// <summary>Gives a few bytes at a time, as a pipe does.</summary>
    private sealed class ChoppedStream(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(1, 3000))], cancellationToken);
    }
}
