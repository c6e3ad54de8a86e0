using System.Text;
using LstmOrleans.Numerics.Numpy;

namespace LstmOrleans.Numerics.Tests.Numpy;

/// <summary>Files as NumPy writes them, and files as nobody should.</summary>
public class NumpyFileTests
{
    private const int Most = 1 << 20;

    // np.save(f, np.array([[1, 2, 3], [4, 5, -0.5]], '<f4')), written down by the published format.
    private static byte[] TwoByThree =>
    [
        0x93, .. "NUMPY"u8, 1, 0, 118, 0,
        .. Encoding.ASCII.GetBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".PadRight(117) + "\n"),
        0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0, 0xA0, 0x40, 0, 0, 0, 0xBF,
    ];

    [Fact]
    public void Write_GivesTheBytesOfNumPy() => Assert.Equal(TwoByThree, NumpyFile.Write([2, 3], [1, 2, 3, 4, 5, -0.5f]));

    [Fact]
    public void Read_OfThoseBytes_GivesTheArray()
    {
        var array = NumpyFile.Read(TwoByThree, Most);
        Assert.Equal([2, 3], array.Shape);
        Assert.Equal([1f, 2, 3, 4, 5, -0.5f], array.Values);
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 7 })]
    [InlineData(new[] { 0, 5 })]
    [InlineData(new[] { 2, 3, 4 })]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1, 2, 3 })]
    public void RoundTrip_KeepsEveryBit(int[] shape)
    {
        float[] values = RandomModels.Values(shape.Aggregate(1, (product, length) => product * length), 3, 1e30);
        if (values.Length > 2)
            (values[0], values[1], values[2]) = (float.NaN, float.NegativeInfinity, float.Epsilon);
        byte[] bytes = NumpyFile.Write(shape, values);
        var array = NumpyFile.Read(bytes, Most);
        Assert.Equal(0, (bytes.Length - (values.Length * sizeof(float))) % 64);
        Assert.Equal(shape, array.Shape);
        LstmAssert.BitEqual(values, array.Values, "values");
    }

    [Fact]
    public void Read_OfFloat64_RoundsToTheNearest()
    {
        byte[] bytes = [.. File("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"), .. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(1e300)];
        Assert.Equal([0.1f, float.PositiveInfinity], NumpyFile.Read(bytes, Most).Values);
    }

    [Fact]
    public void Read_OfAnotherOrderOfKeys_IsTheSameArray()
    {
        byte[] bytes = [.. File("""{"shape":(1,1),"fortran_order":False,"descr":"<f4"}"""), 0, 0, 0x80, 0x3F];
        Assert.Equal([1f], NumpyFile.Read(bytes, Most).Values);
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "type '>f4'")]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", "astype('<f4')")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "Python objects")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "numpy.ascontiguousarray")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "4 bytes follow the header; shape (2) of <f4 makes 8")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", "4 bytes follow")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1048577,), }", "at most 1048576 elements")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536, 65536, 65536), }", "at most 1048576 elements")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,), }", "a dimension from 0")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "a dimension from 0")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }", "(3,)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", "more than 8 dimensions")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "a quoted name or type")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "True or False")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "there twice")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1, }", "key 'x'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, }", "lacks one")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }; import os", "behind its end")]
    [InlineData("{'descr': '<f4\\x00', 'fortran_order': False, 'shape': (1,), }", "backslash")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), ", "a quoted name")]
    [InlineData("", "'{' belongs")]
    public void Read_OfAHeaderThatBreaksARule_SaysWhichAndWhatHelps(string header, string says)
    {
        byte[] bytes = [.. File(header), 0, 0, 0, 0];
        Assert.Contains(says, Assert.Throws<NumpyFileException>(() => NumpyFile.Read(bytes, Most)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfOtherBytes_IsRefused()
    {
        Assert.Contains("numpy.save", Refusal([]), StringComparison.Ordinal);
        Assert.Contains("numpy.save", Refusal("PK\u0003\u0004 a zip file"u8), StringComparison.Ordinal);
        byte[] later = TwoByThree;
        later[6] = 2;
        Assert.Contains("version 2.0", Refusal(later), StringComparison.Ordinal);
        byte[] strange = TwoByThree;
        strange[20] = 0;
        Assert.Contains("byte 0x00", Refusal(strange), StringComparison.Ordinal);
        for (int length = 0; length < TwoByThree.Length; length++)
            Refusal(TwoByThree.AsSpan(0, length));

        static string Refusal(ReadOnlySpan<byte> bytes)
        {
            byte[] copy = bytes.ToArray();
            return Assert.Throws<NumpyFileException>(() => NumpyFile.Read(copy, Most)).Message;
        }
    }

    // Short headers: what NumPy aligns, others need not.
    private static byte[] File(string header) => [0x93, .. "NUMPY"u8, 1, 0, (byte)((header.Length + 1) % 256), (byte)((header.Length + 1) / 256), .. Encoding.ASCII.GetBytes(header + "\n")];
}
