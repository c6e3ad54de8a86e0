using System.Buffers.Binary;
using System.Text;
using CsCheck;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.ModelFile;

public sealed class SafetensorsWriterTests
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    [Fact]
    public void ToBytes_TwoTensors_HasTheLayoutOfTheReferenceImplementation()
    {
        var bytes = SafetensorsWriter.ToBytes(
            [SafetensorsTensor.FromFloats("b", [1], [1f]), SafetensorsTensor.FromFloats("a", [1, 1], [2f]), SafetensorsTensor.FromInt64s("z", [1], [3])],
            new Dictionary<string, string> { ["k"] = "v\"" });

        const string Header =
            """{"__metadata__":{"k":"v\""},"z":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""";
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, headerLength % 8);
        Assert.InRange(headerLength - Header.Length, 0, 7);
        Assert.Equal(Header, Encoding.UTF8.GetString(bytes, 8, headerLength).TrimEnd(' '));
        Assert.Equal([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0x80, 0x3f], bytes[(8 + headerLength)..]);
    }

    [Fact]
    public void ToBytes_AnyOrderOfTensorsAndMetadata_GivesTheSameBytes() =>
        Gen.Shuffle(Enumerable.Range(0, 6).ToArray()).Sample(order =>
        {
            var ordered = SafetensorsWriter.ToBytes(Enumerable.Range(0, 6).Select(Tensor), Metadata(Enumerable.Range(0, 6)));
            var shuffled = SafetensorsWriter.ToBytes(order.Select(Tensor), Metadata(order));
            return ordered.AsSpan().SequenceEqual(shuffled);
        });

    [Fact]
    public void ToBytes_ThenParse_GivesTheSameTensors() =>
        Gen.Select(Gen.String[0, 20], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Long.Array[9]).Sample((text, rows, columns, numbers) =>
        {
            var valid = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            var written = SafetensorsTensor.FromInt64s("n" + valid, [rows, columns], numbers.AsSpan(0, rows * columns));

            var file = SafetensorsFile.Parse(SafetensorsWriter.ToBytes([written], new Dictionary<string, string> { [valid] = valid }), "round trip");

            Assert.Equal(valid, file.Metadata[valid]);
            Assert.Equal(numbers[..(rows * columns)], file.ReadInt64s("n" + valid));
            Assert.Equal([rows, columns], file.Tensors.Single().Shape.ToArray());
        });

    [Theory]
    [InlineData("a")]
    [InlineData("__metadata__")]
    public void ToBytes_NameTwiceOrReserved_IsRefused(string name)
    {
        var tensors = new[] { SafetensorsTensor.FromFloats("a", [0], []), SafetensorsTensor.FromFloats(name, [0], []) };

        var refusal = Assert.Throws<ArgumentException>(() => SafetensorsWriter.ToBytes(tensors, NoMetadata));

        Assert.Contains($"'{name}' is used twice or reserved", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensor_BytesNotOfItsShape_IsRefused()
    {
        var refusal = Assert.Throws<ArgumentException>(() => SafetensorsTensor.FromFloats("a", [2, 2], [1f]));

        Assert.Contains("'a' has 4 bytes; its type F32 and shape (2, 2)", refusal.Message, StringComparison.Ordinal);
    }

    private static SafetensorsTensor Tensor(int i) =>
        i % 2 == 0 ? SafetensorsTensor.FromFloats($"t{i}", [1], [i]) : SafetensorsTensor.FromInt64s($"t{i}", [1], [i]);

    private static Dictionary<string, string> Metadata(IEnumerable<int> order) => order.ToDictionary(i => $"k{i}", i => $"v{i}");
}
