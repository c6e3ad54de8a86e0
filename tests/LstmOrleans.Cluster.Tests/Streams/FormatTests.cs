using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Watching;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>Formats are final: bytes written by the first version are pinned in Golden/ and must be written and read for ever.</summary>
/// <remarks>LSTM_WRITE_GOLDEN=DIR writes the files anew, for a new format version only.</remarks>
public partial class FormatTests
{
    private static readonly Serializer Serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    private static readonly StreamRecord Record = new()
    {
        NumericsVersion = 1,
        ModelHash = Enumerable.Range(0, 32).Select(index => (byte)index).ToArray(),
        Mode = StreamMode.Checkpointed,
        Closed = true,
        Options = StreamOptions.AnswerOutput | StreamOptions.AllowNonFinite,
        AnswerSize = 2,
        WindowAnswers = 256,
        WindowBytes = 65536,
        Incarnation = 0x1122334455667788,
        Session = 0x99AABBCCDDEEFF00,
        Position = 12,
        Confirmed = 10,
        History = 0x0102030405060708,
        ConfirmedHistory = 0x1112131415161718,
        LastEventTime = 1795392000000,
        H = [0.5f, -0.25f],
        C = [1.5f, -2.5f, 3.5f],
        Kept = Enumerable.Range(0, 32).Select(index => (byte)(0xA0 + index)).ToArray(),
    };

    private static readonly StreamRecord ShortRecord = Record with
    {
        Kept = (byte[])[.. Record.Kept.Span[..16], .. BitConverter.GetBytes(Record.History), .. MemoryMarshal.AsBytes<float>(Record.H)],
    };

    private static readonly SessionRequest SessionOpening = new() { Key = "kitchen", Incarnation = 5, Session = 6, Replaces = 7 };

    private static readonly SessionAnswer SessionFenced = new()
    {
        Status = StreamStatus.Fenced,
        Incarnation = 5,
        Session = 6,
        SessionIsOpen = true,
        Position = 7,
        DurablePosition = 8,
        Confirmed = 9,
        History = 10,
        Detail = "d",
    };

    private static readonly CatalogueEntry Entry = new()
    {
        Key = "kitchen",
        Status = StreamStatus.Closed,
        ModelHash = "ab",
        Incarnation = 5,
        Position = 6,
        LastEventTime = 7,
        Mode = StreamMode.Checkpointed,
    };

    private static readonly WatchRequest Look = new() { Watch = 5, Since = 6, Layer = 1, FirstUnit = 7, Units = 8 };

    private static readonly WatchAnswer Looked = new()
    {
        Status = StreamStatus.Closed,
        Detail = "d",
        Watch = 5,
        Incarnation = 6,
        Position = 7,
        DurablePosition = 8,
        Confirmed = 9,
        Mode = StreamMode.Checkpointed,
        Options = StreamOptions.AnswerOutput,
        Session = 10,
        LastEventTime = 11,
        ModelHash = "ab",
        Silo = "s",
        InputSize = 12,
        AnswerSize = 13,
        FeatureNames = ["x", "y"],
        Layers = 14,
        HiddenSize = 15,
        StateSize = 16,
        Capacity = 17,
        Since = 18,
        Positions = new byte[] { 1 },
        Inputs = new byte[] { 2 },
        Answers = new byte[] { 3 },
        H = new byte[] { 4 },
        C = new byte[] { 5 },
        Saturated = new byte[] { 6 },
    };

    [Fact]
    public void Record_BytesAreThoseOfTheFirstVersion()
    {
        Golden("stream-record.bin", StreamRecordFormat.Write("kitchen/温度", Record));
        var read = StreamRecordFormat.Read("kitchen/温度", File.ReadAllBytes(PathOf("stream-record.bin")));
        Assert.Equal(Record, read, new RecordFields());
        Assert.Equal(Record.H, read.H);
        Assert.Equal(Record.C, read.C);
        Assert.Equal(Record.Kept.ToArray(), read.Kept.ToArray());
        Assert.Equal(Record.ModelHash.ToArray(), read.ModelHash.ToArray());
    }

    [Fact]
    public void Messages_BytesAreThoseOfTheFirstVersion()
    {
        Golden("open-request.bin", Serializer.SerializeToArray(new OpenRequest { Key = "kitchen", Incarnation = 5, Model = "forecaster", Mode = StreamMode.Checkpointed, Options = StreamOptions.AnswerOutput }));
        Golden("open-answer.bin", Serializer.SerializeToArray(new OpenAnswer { Status = StreamStatus.AlreadyOpen, Incarnation = 5, Position = 6, DurablePosition = 7, ModelHash = "ab", InputSize = 8, AnswerSize = 9, WindowAnswers = 10, WindowBytes = 11, Detail = "d", FeatureNames = new[] { "x", "y" } }));
        Golden("step-request.bin", Serializer.SerializeToArray(new StepRequest { Key = "kitchen", Incarnation = 5, Session = 6, Confirmed = 7, FirstPosition = 8, Count = 2, Inputs = new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 } }));
        Golden("step-request-bare.bin", Serializer.SerializeToArray(new StepRequest { Key = "kitchen", Count = 1, Inputs = new byte[] { 1, 2, 3, 4 } }));
        Golden("step-answer.bin", Serializer.SerializeToArray(new StepAnswer { Status = StreamStatus.Duplicate, Incarnation = 5, Position = 6, DurablePosition = 7, History = 8, Answers = new byte[] { 1, 2, 3, 4 }, Detail = "d" }));
        Golden("stream-view.bin", Serializer.SerializeToArray(new StreamView { Status = StreamStatus.Closed, Incarnation = 1, Position = 2, DurablePosition = 3, Confirmed = 4, History = 5, ModelHash = "ab", Mode = StreamMode.Checkpointed, Options = StreamOptions.AllowNonFinite, LastEventTime = 6, H = new byte[] { 1 }, C = new byte[] { 2 }, KeptAnswers = 7, Silo = "s", Detail = "d" }));
        Golden("forward-request.bin", Serializer.SerializeToArray(new ForwardRequest { Model = "m", Batch = 1, Steps = 2, BatchFirst = true, Inputs = new byte[] { 1 }, Lengths = new byte[] { 2 }, H0 = new byte[] { 3 }, C0 = new byte[] { 4 }, Options = StreamOptions.AnswerOutput }));
        Golden("forward-answer.bin", Serializer.SerializeToArray(new ForwardAnswer { Status = StreamStatus.Invalid, ModelHash = "ab", AnswerSize = 2, Answers = new byte[] { 1 }, HN = new byte[] { 2 }, CN = new byte[] { 3 }, Detail = "d" }));
        Golden("model-view.bin", Serializer.SerializeToArray(new ModelView { Name = "n", Hash = "ab", Shape = "LSTM(2, 48)", InputSize = 2, AnswerSize = 8, Streamable = true, Problem = "p", FeatureNames = new[] { "x", "y" }, OutputSize = 3 }));
        Golden("model-view-weights.bin", Serializer.SerializeToArray(new ModelView { Name = "n", Hash = "ab", Shape = "LSTM(2, 48)", InputSize = 2, AnswerSize = 8, Streamable = true, Problem = "p", FeatureNames = new[] { "x", "y" }, OutputSize = 3, Weights = "bfloat16" }));
    }

    [Fact]
    public void MessagesOfSessionsAndOperations_BytesArePinned()
    {
        Golden("open-request-replaces.bin", Serializer.SerializeToArray(new OpenRequest { Key = "kitchen", Incarnation = 5, Model = "forecaster", Replaces = 4 }));
        Golden("session-request.bin", Serializer.SerializeToArray(SessionOpening));
        Golden("session-answer.bin", Serializer.SerializeToArray(SessionFenced));
        Golden("reset-request.bin", Serializer.SerializeToArray(new ResetRequest { Key = "kitchen", NewIncarnation = 5, Incarnation = 6, Position = 7 }));
        Golden("close-request.bin", Serializer.SerializeToArray(new CloseRequest { Key = "kitchen", Incarnation = 6, Position = 7 }));
        Golden("fork-request.bin", Serializer.SerializeToArray(new ForkRequest { Key = "kitchen", Target = "attic", NewIncarnation = 5, Incarnation = 6, Position = 7 }));
        Golden("export-request.bin", Serializer.SerializeToArray(new ExportRequest { Key = "kitchen", Incarnation = 6, Position = 7 }));
        Golden("export-request-bare.bin", Serializer.SerializeToArray(new ExportRequest { Key = "kitchen" }));
        Golden("export-answer.bin", Serializer.SerializeToArray(new ExportAnswer { Status = StreamStatus.Gap, Incarnation = 6, Position = 7, Snapshot = new byte[] { 1, 2, 3 }, Detail = "d" }));
        Golden("import-request.bin", Serializer.SerializeToArray(new ImportRequest { Key = "kitchen", NewIncarnation = 5, Snapshot = new byte[] { 1, 2, 3 }, Model = "m" }));
        Golden("operation-answer.bin", Serializer.SerializeToArray(new OperationAnswer { Status = StreamStatus.AlreadyOpen, Incarnation = 6, Position = 7, Detail = "d" }));
        Golden("catalogue-request.bin", Serializer.SerializeToArray(new CatalogueRequest { Prefix = "k", After = "kitchen", Limit = 100 }));
        Golden("catalogue-page.bin", Serializer.SerializeToArray(new CataloguePage { Status = StreamStatus.NotNow, Entries = new[] { Entry }, Detail = "d" }));
        Golden("catalogue-counts.bin", Serializer.SerializeToArray(new CatalogueCounts { Status = StreamStatus.NotNow, Open = new Dictionary<string, long> { ["ab"] = 3 }, Closed = 4, Detail = "d" }));
        Golden("stream-snapshot.bin", new StreamSnapshot("kitchen/温度", Record).Write());
    }

    [Fact]
    public void MessagesOfLooking_BytesArePinnedAndRead()
    {
        Golden("watch-request.bin", Serializer.SerializeToArray(Look));
        Golden("watch-answer.bin", Serializer.SerializeToArray(Looked));
        Assert.Equal(Look, Serializer.Deserialize<WatchRequest>(File.ReadAllBytes(PathOf("watch-request.bin"))));
        Assert.Equivalent(Looked, Serializer.Deserialize<WatchAnswer>(File.ReadAllBytes(PathOf("watch-answer.bin"))), strict: true);
        Assert.Equal(new WatchRequest(), Serializer.Deserialize<WatchRequest>(Serializer.SerializeToArray(new WatchRequest())));
    }

    [Fact]
    public void MessagesOfSessionsAndOperations_AreRead()
    {
        Assert.Equal(4ul, Serializer.Deserialize<OpenRequest>(File.ReadAllBytes(PathOf("open-request-replaces.bin")))!.Replaces);
        Assert.Equal(SessionOpening, Serializer.Deserialize<SessionRequest>(File.ReadAllBytes(PathOf("session-request.bin"))));
        Assert.Equal(SessionFenced, Serializer.Deserialize<SessionAnswer>(File.ReadAllBytes(PathOf("session-answer.bin"))));
        var export = Serializer.Deserialize<ExportRequest>(File.ReadAllBytes(PathOf("export-request-bare.bin")))!;
        Assert.Equal(("kitchen", null, null), (export.Key, export.Incarnation, export.Position));
        Assert.Equal(Entry, Assert.Single(Serializer.Deserialize<CataloguePage>(File.ReadAllBytes(PathOf("catalogue-page.bin")))!.Entries));
        Assert.Equal(3, Serializer.Deserialize<CatalogueCounts>(File.ReadAllBytes(PathOf("catalogue-counts.bin")))!.Open["ab"]);
        var snapshot = StreamSnapshot.Read(File.ReadAllBytes(PathOf("stream-snapshot.bin")));
        Assert.Equal(("kitchen/温度", 12L, 12L, 0ul, 0), (snapshot.Key, snapshot.Record.Position, snapshot.Record.Confirmed, snapshot.Record.Session, snapshot.Record.Kept.Length));
        Assert.Equal(Record.H, snapshot.Record.H);
    }

    /// <summary>What is left out of the bytes must come back all the same: no field may begin with anything but its type's default.</summary>
    [Fact]
    public void MessagesOfSessionsAndOperations_FieldsThatAreLeftOut_ComeBack()
    {
        Same(new SessionRequest { Key = "", Incarnation = 0, Session = 0 });
        Same(new SessionAnswer());
        Same(new ResetRequest { Key = "", NewIncarnation = 0, Incarnation = 0, Position = 0 });
        Same(new CloseRequest { Key = "", Incarnation = 0, Position = 0 });
        Same(new ForkRequest { Key = "", Target = "", NewIncarnation = 0, Incarnation = 0, Position = 0 });
        Same(new ExportRequest { Key = "" });
        Same(new OperationAnswer());
        Same(new CatalogueRequest());
        Same(new CatalogueEntry());

        static void Same<T>(T message) => Assert.Equal(message, Serializer.Deserialize<T>(Serializer.SerializeToArray(message)));
    }

    [Fact]
    public void Snapshot_AnyFlippedBitOrTruncation_IsDamaged()
    {
        byte[] whole = new StreamSnapshot("a", Record).Write();
        (from at in Gen.Int[0, whole.Length - 1] from bit in Gen.Int[0, 7] select (at, bit)).Sample(flip =>
        {
            byte[] bytes = [.. whole];
            bytes[flip.at] ^= (byte)(1 << flip.bit);
            Assert.Throws<StreamRecordException>(() => StreamSnapshot.Read(bytes));
        }, iter: 2000);
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<StreamRecordException>(() => StreamSnapshot.Read(whole.AsSpan(0, length)));
    }

    [Fact]
    public void Messages_OfTheFirstVersion_AreRead()
    {
        var request = Serializer.Deserialize<StepRequest>(File.ReadAllBytes(PathOf("step-request.bin")))!;
        Assert.Equal(("kitchen", 5ul, 6ul, 7L, 8L, 2), (request.Key, request.Incarnation, request.Session, request.Confirmed, request.FirstPosition, request.Count));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], request.Inputs.ToArray());
        var bare = Serializer.Deserialize<StepRequest>(File.ReadAllBytes(PathOf("step-request-bare.bin")))!;
        Assert.Equal((null, null, null, null), (bare.Incarnation, bare.Session, bare.Confirmed, bare.FirstPosition));
        var answer = Serializer.Deserialize<StepAnswer>(File.ReadAllBytes(PathOf("step-answer.bin")))!;
        Assert.Equal((StreamStatus.Duplicate, 5ul, 6L, 7L, 8ul, "d"), (answer.Status, answer.Incarnation, answer.Position, answer.DurablePosition, answer.History, answer.Detail));
        var model = Serializer.Deserialize<ModelView>(File.ReadAllBytes(PathOf("model-view.bin")))!;
        Assert.Equal(("n", "ab", "LSTM(2, 48)", 2, 8, true, "p", 3, null), (model.Name, model.Hash, model.Shape, model.InputSize, model.AnswerSize, model.Streamable, model.Problem, model.OutputSize, model.Weights));
        Assert.Equal(["x", "y"], model.FeatureNames);
        Assert.Equal("bfloat16", Serializer.Deserialize<ModelView>(File.ReadAllBytes(PathOf("model-view-weights.bin")))!.Weights);
    }

    /// <summary>What is left out of the bytes must come back all the same: no field may begin with anything but its type's default.</summary>
    [Fact]
    public void ModelView_FieldsThatAreLeftOut_ComeBack()
    {
        var view = new ModelView { InputSize = 0, AnswerSize = 0, Streamable = false, OutputSize = 0, Weights = null };
        var read = Serializer.Deserialize<ModelView>(Serializer.SerializeToArray(view))!;
        Assert.Equal(view with { FeatureNames = read.FeatureNames }, read);
        Assert.Empty(read.FeatureNames);
    }

    /// <summary>Format 2: the last kept answer is the end of h, its history the record's, and neither is written twice.</summary>
    [Fact]
    public void Record_WhoseLastAnswerIsInH_IsShorter()
    {
        byte[] bytes = StreamRecordFormat.Write("kitchen/温度", ShortRecord);
        Assert.Equal(StreamRecordFormat.Write("kitchen/温度", Record).Length - Record.KeptEntrySize, bytes.Length);
        Golden("stream-record-2.bin", bytes);
        var read = StreamRecordFormat.Read("kitchen/温度", File.ReadAllBytes(PathOf("stream-record-2.bin")));
        Assert.Equal(ShortRecord, read, new RecordFields());
        Assert.Equal(ShortRecord.H, read.H);
        Assert.Equal(ShortRecord.C, read.C);
        Assert.Equal(ShortRecord.Kept.ToArray(), read.Kept.ToArray());
        Assert.True(StreamRecordHead.TryRead(bytes, out var head));
        Assert.Equal((12, StreamMode.Checkpointed, true), (head.Position, head.Mode, head.Closed));
    }

    // Also answers that differ from h in one bit only, with a head as long as h, and NaNs, which equal nothing but their own bits.
    [Fact]
    public void Record_Any_IsReadAsItWasWritten() =>
        (from floats in Gen.Int[1, 9]
         from answer in Gen.Int[1, 9]
         from kept in Gen.Int[0, 3]
         from inH in Gen.Bool
         from flip in Gen.Int[-1, 7]
         from values in Gen.Byte.Array[(4 * 9) + (3 * (8 + (4 * 9)))]
         select (floats, answer, kept, inH, flip, values)).Sample(
            (floats, answer, kept, inH, flip, values) =>
            {
                byte[] h = values[..(4 * floats)], all = values[(4 * 9)..][..(kept * (8 + (4 * answer)))];
                bool isShort = inH && kept > 0 && answer <= floats;
                if (isShort)
                    h[^(4 * answer)..].CopyTo(all, all.Length - (4 * answer));
                var record = Record with
                {
                    AnswerSize = answer,
                    Confirmed = 12 - kept,
                    H = [.. MemoryMarshal.Cast<byte, float>(h)],
                    Kept = all,
                    History = kept == 0 ? 5 : BinaryPrimitives.ReadUInt64LittleEndian(all.AsSpan(all.Length - 8 - (4 * answer))),
                };
                if (isShort && flip >= 0)
                {
                    all[^((flip / 2) + 1)] ^= (byte)(1 << flip);
                    isShort = false;
                }

                byte[] bytes = StreamRecordFormat.Write("a", record);
                var read = StreamRecordFormat.Read("a", bytes);
                Assert.Equal(all, read.Kept.ToArray());
                Assert.Equal(h, MemoryMarshal.AsBytes<float>(read.H).ToArray());
                Assert.Equal(record.C, read.C);
                Assert.Equal(record, read, new RecordFields());
                if (isShort)
                    Assert.Equal(2, bytes[4]);
            }, iter: 5000);

    // What a checksum cannot know: a writer that is wrong.
    [Theory]
    [InlineData(120, 0)]
    [InlineData(44, 3)]
    public void Record_WhoseLastAnswerCannotBeInH_IsDamaged(int at, byte value)
    {
        byte[] bytes = StreamRecordFormat.Write("a", ShortRecord);
        bytes[at] = value;
        if (at == 120)
            bytes[72] = bytes[64];
        Seal("a", bytes);
        var error = Assert.Throws<StreamRecordException>(() => StreamRecordFormat.Read("a", bytes));
        Assert.Contains("said to be in h", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Record_OfAnotherKey_IsDamaged()
    {
        byte[] bytes = StreamRecordFormat.Write("a", Record);
        var error = Assert.Throws<StreamRecordException>(() => StreamRecordFormat.Read("b", bytes));
        Assert.Contains("stream 'b'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Record_AnyFlippedBit_IsDamaged() =>
        (from isShort in Gen.Bool
         let record = isShort ? ShortRecord : Record
         from at in Gen.Int[0, StreamRecordFormat.SizeOf(record) - 1]
         from bit in Gen.Int[0, 7]
         select (record, at, bit)).Sample(flip =>
        {
            byte[] bytes = StreamRecordFormat.Write("a", flip.record);
            bytes[flip.at] ^= (byte)(1 << flip.bit);
            Assert.Throws<StreamRecordException>(() => StreamRecordFormat.Read("a", bytes));
        }, iter: 2000);

    [Fact]
    public void Record_AnyTruncation_IsDamaged()
    {
        foreach (var record in new[] { Record, ShortRecord })
        {
            byte[] bytes = StreamRecordFormat.Write("a", record);
            for (int length = 0; length < bytes.Length; length++)
                Assert.Throws<StreamRecordException>(() => StreamRecordFormat.Read("a", bytes.AsSpan(0, length)));
        }
    }

    /// <summary>Gives a changed record the checksum that it would have: what a writer that is wrong, or newer, leaves.</summary>
    internal static void Seal(string key, byte[] bytes)
    {
        ulong seed = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(key));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - 8), XxHash64.HashToUInt64(bytes.AsSpan(..^8), unchecked((long)seed)));
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", name);

    private static void Golden(string name, byte[] actual)
    {
        if (Environment.GetEnvironmentVariable("LSTM_WRITE_GOLDEN") is { Length: > 0 } directory)
        {
            Directory.CreateDirectory(directory);
            File.WriteAllBytes(Path.Combine(directory, name), actual);
            return;
        }

        Assert.True(File.ReadAllBytes(PathOf(name)).AsSpan().SequenceEqual(actual), $"The bytes of {name} have changed: old clients, servers and stores could not read them.");
    }

    private sealed class RecordFields : IEqualityComparer<StreamRecord>
    {
        public bool Equals(StreamRecord? x, StreamRecord? y) => x! with { H = y!.H, C = y.C, Kept = y.Kept, ModelHash = y.ModelHash } == y;

        public int GetHashCode(StreamRecord obj) => 0;
    }
}
