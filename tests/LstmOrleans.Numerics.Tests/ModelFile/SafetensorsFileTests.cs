using System.Buffers.Binary;
using System.Text;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.ModelFile;

public sealed class SafetensorsFileTests
{
    private const string File = "bad.safetensors";
    private const string A = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Fact]
    public void Parse_EmptyHeader_HasNoTensors()
    {
        var file = SafetensorsFile.Parse(RawFile.Of("{}", 0), File);

        Assert.Empty(file.Tensors);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Parse_UnorderedHeader_FindsEachTensorAtItsOffsets()
    {
        var bytes = RawFile.Of(
            """{"b":{"data_offsets":[4,12],"dtype":"I64","shape":[]},"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}   """, 12);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(^12), 1.5f);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(^8), -7);

        var file = SafetensorsFile.Parse(bytes, File);

        Assert.Equal([1.5f], file.ReadFloats("a"));
        Assert.Equal([-7L], file.ReadInt64s("b"));
        Assert.Equal("v", file.Metadata["k"]);
        Assert.Equal(["a", "b"], file.Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void ReadFloats_BFloat16_WidensExactly()
    {
        var file = SafetensorsFile.Parse(
            RawFile.Of("""{"a":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}"""u8.ToArray(), [0x80, 0x3f, 0x49, 0xc0, 0x01, 0x00]), File);

        ModelAssert.BitEqual([1f, -3.140625f, BitConverter.Int32BitsToSingle(0x10000)], file.ReadFloats("a"));
    }

    [Fact]
    public void ReadFloats_EveryFloat16_WidensExactly()
    {
        var data = new byte[2 * 65536];
        for (var i = 0; i < 65536; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(2 * i), (ushort)i);
        var file = SafetensorsFile.Parse(RawFile.Of("""{"a":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"""u8.ToArray(), data), File);

        var floats = file.ReadFloats("a");

        for (var i = 0; i < 65536; i++)
        {
            var half = BitConverter.UInt16BitsToHalf((ushort)i);
            if (!Half.IsNaN(half))
                Assert.Equal(half, (Half)floats[i]);
        }

        Assert.Equal(1f, floats[0x3c00]);
        Assert.Equal(MathF.ScaleB(1, -24), floats[1]);
    }

    [Theory]
    [InlineData("F64", 8, "Call .float() on the model before saving it.")]
    [InlineData("I32", 4, "F32, BF16 or F16")]
    public void ReadFloats_OtherType_IsRefusedWithRemedy(string type, int size, string remedy)
    {
        var file = SafetensorsFile.Parse(
            RawFile.Of($$$"""{"a":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,{{{size}}}]}}""", size), File);

        ModelAssert.Refused(File, "a", () => file.ReadFloats("a"), $"is {type}", remedy);
    }

    [Fact]
    public void ReadInt64s_OtherType_IsRefused() =>
        ModelAssert.Refused(File, "a", () => SafetensorsFile.Parse(RawFile.Of(A, 8), File).ReadInt64s("a"), "is F32", "I64");

    [Fact]
    public void ReadFloats_UnknownName_ListsWhatThereIs() =>
        ModelAssert.Refused(File, "z", () => SafetensorsFile.Parse(RawFile.Of(A, 8), File).ReadFloats("z"), "is missing", "'a'");

    [Fact]
    public void Load_MissingFile_SaysSo() => Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Load("no-such.safetensors"));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Parse_ShorterThanTheHeaderLength_IsRefused(int length) =>
        ModelAssert.Refused(File, null, () => SafetensorsFile.Parse(new byte[length], File), $"file has {length} bytes", "copy or download it again");

    [Theory]
    [InlineData(100_000_001UL, "it must be at most 100000000")]
    [InlineData(ulong.MaxValue, "header length is 18446744073709551615")]
    [InlineData(1UL << 63, "header length is 9223372036854775808")]
    [InlineData(55UL, "header length is 55, but only 54 bytes follow")]
    public void Parse_HeaderLengthNotInTheFile_IsRefused(ulong claimed, string message)
    {
        var bytes = RawFile.Of(A, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);

        ModelAssert.Refused(File, null, () => SafetensorsFile.Parse(bytes, File), message);
    }

    [Theory]
    [InlineData("", "header starts with nothing")]
    [InlineData(" {}", "byte 0x20; it must start with '{'")]
    [InlineData("PK\u0003\u0004", "byte 0x50; it must start with '{'")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}x", "not valid JSON")]
    [InlineData("{}{}", "not valid JSON")]
    [InlineData("{}\0", "not valid JSON")]
    [InlineData("{\"a\":1,}", "is described by Number")]
    [InlineData("{/**/}", "not valid JSON")]
    [InlineData("{\"\\ud800\":{}}", "not valid JSON")]
    [InlineData("{\"__metadata__\":[]}", "'__metadata__' is StartArray; it must be an object of strings")]
    [InlineData("{\"__metadata__\":{\"k\":1}}", "entry 'k' is Number; it must be a string")]
    [InlineData("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", "entry 'k' twice")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", "has '__metadata__' twice")]
    public void Parse_BrokenHeader_IsRefused(string header, string message)
    {
        var refusal = Assert.Throws<ModelFileException>(() => SafetensorsFile.Parse(RawFile.Of(header, 0), File));

        Assert.StartsWith(File + ": ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_HeaderNotUtf8_IsRefused() =>
        ModelAssert.Refused(File, null, () => SafetensorsFile.Parse(RawFile.Of([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)'}'], []), File), "not valid UTF-8");

    [Fact]
    public void Parse_DeepHeader_IsRefusedBeforeItIsFollowed() =>
        ModelAssert.Refused(File, null,
            () => SafetensorsFile.Parse(RawFile.Of("{\"a\":{\"shape\":" + new string('[', 1_000_000), 0), File), "at most 3 levels");

    public static TheoryData<string, int, string> BrokenTensors => new()
    {
        { """{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}""", 8, "data_offsets with an entry that is not a whole number" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775808]}""", 8, "data_offsets with an entry that is not a whole number" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[0,8.5]}""", 8, "data_offsets with an entry that is not a whole number" },
        { """{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}""", 8, "shape with an entry that is not a whole number" },
        { """{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}""", 8, "shape with an entry that is not a whole number" },
        { """{"dtype":"F32","shape":2,"data_offsets":[0,8]}""", 8, "shape of kind Number; it must be an array" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}""", 8, "lies at [0, 9223372036854775807); that must be a range inside the 8 bytes" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[8,0]}""", 8, "lies at [8, 0)" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[1,9]}""", 8, "lies at [1, 9)" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[4,12]}""", 12, "begins at 4 and leaves a hole after the header, which ends at 0" },
        { """{"dtype":"F32","shape":[3],"data_offsets":[0,8]}""", 8, "has 8 bytes; F32 of shape (3) is 12 bytes" },
        { """{"dtype":"I64","shape":[2],"data_offsets":[0,8]}""", 8, "has 8 bytes; I64 of shape (2) is 16 bytes" },
        { """{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}""", 8, "has shape (4294967296, 4294967296); its bytes must be countable" },
        { """{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}""", 0, "its bytes must be countable" },
        { """{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}""", 0, "its bytes must be countable" },
        { """{"dtype":"F31","shape":[2],"data_offsets":[0,8]}""", 8, "dtype 'F31'; it must be one of BOOL, U8" },
        { """{"dtype":5,"shape":[2],"data_offsets":[0,8]}""", 8, "dtype 'Number'" },
        { """{"shape":[2],"data_offsets":[0,8]}""", 8, "has no dtype" },
        { """{"dtype":"F32","data_offsets":[0,8]}""", 8, "has no shape" },
        { """{"dtype":"F32","shape":[2]}""", 8, "has no data_offsets" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[0]}""", 8, "has 1 data_offsets; there must be 2" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[0,8],"shape":[2]}""", 8, "has property 'shape'; it must have dtype, shape and data_offsets, each once" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}""", 8, "has property 'extra'" },
        { """[]""", 8, "is described by StartArray" },
        { """{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}""", 16, "appears twice" },
    };

    [Theory]
    [MemberData(nameof(BrokenTensors))]
    public void Parse_BrokenTensor_IsRefusedByName(string tensor, int dataLength, string message) =>
        ModelAssert.Refused(File, "a", () => SafetensorsFile.Parse(RawFile.Of("{\"a\":" + tensor + "}", dataLength), File), message);

    [Theory]
    [InlineData(4, 12, 12, "overlaps 'a', which ends at 8")]
    [InlineData(0, 8, 8, "overlaps 'a', which ends at 8")]
    [InlineData(12, 20, 20, "leaves a hole after 'a', which ends at 8")]
    public void Parse_SecondTensorNotBehindTheFirst_IsRefused(int begin, int end, int dataLength, string message) =>
        ModelAssert.Refused(File, "b", () => SafetensorsFile.Parse(
            RawFile.Of($$$"""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[{{{begin}}},{{{end}}}]}}""", dataLength),
            File), message);

    [Fact]
    public void Parse_BytesBehindTheLastTensor_AreRefused() =>
        ModelAssert.Refused(File, null, () => SafetensorsFile.Parse(RawFile.Of(A, 9), File), "9 bytes follow the header, but its tensors end at 8");

    [Fact]
    public void Parse_NameWithLineBreakAndEscape_GivesOneBoundedLine()
    {
        var header = $$$"""{"evil\n\u001b[31m\u2028{{{new string('x', 10_000)}}}":{}}""";

        var refusal = Assert.Throws<ModelFileException>(() => SafetensorsFile.Parse(RawFile.Of(header, 0), File));

        Assert.StartsWith(@"bad.safetensors: tensor 'evil\u000a\u001b[31m\u2028xxx", refusal.Message, StringComparison.Ordinal);
        Assert.True(refusal.Message.Length < 400, refusal.Message);
    }

    [Fact]
    public void Parse_HugeClaims_AllocateNothingNearThem()
    {
        var bytes = RawFile.Of("""{"a":{"dtype":"U8","shape":[2000000000],"data_offsets":[0,2000000000]}}""", 0);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ModelFileException>(() => SafetensorsFile.Parse(bytes, File));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Parse_EveryTruncation_IsRefused()
    {
        var whole = RawFile.Of(A, 8);
        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<ModelFileException>(() => SafetensorsFile.Parse(whole.AsMemory(0, length), File));
        Assert.Single(SafetensorsFile.Parse(whole, File).Tensors);
    }

    [Fact]
    public void Parse_HeaderInUtf8_KeepsNames()
    {
        var file = SafetensorsFile.Parse(RawFile.Of(Encoding.UTF8.GetBytes("""{"温度":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"""), [1]), File);

        Assert.True(file.TryGetTensor("温度", out _));
    }
}
