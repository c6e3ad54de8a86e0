using CsCheck;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.ModelFile;

public sealed class ModelHashTests
{
    // FIPS 180-2, appendix B.1.
    private const string OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Of_KnownBytes_IsTheirSha256() => Assert.Equal(OfAbc, ModelHash.Of("abc"u8).ToString());

    [Fact]
    public void Parse_EitherCase_GivesEqualHashes()
    {
        Assert.Equal(ModelHash.Of("abc"u8), ModelHash.Parse(OfAbc));
        Assert.Equal(ModelHash.Parse(OfAbc), ModelHash.Parse(OfAbc.ToUpperInvariant()));
        Assert.NotEqual(ModelHash.Parse(OfAbc), ModelHash.Of("abd"u8));
    }

    [Fact]
    public void Bytes_AnyHash_ComeBackFromTextAndSpan() =>
        Gen.Byte.Array[ModelHash.Length].Sample(bytes =>
        {
            var copy = new byte[ModelHash.Length];
            var hash = new ModelHash(bytes);
            hash.CopyTo(copy);
            Assert.Equal(bytes, copy);
            Assert.Equal(hash, ModelHash.Parse(hash.ToString()));
            Assert.Equal(Convert.ToHexStringLower(bytes), hash.ToString());
        });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adad")]
    [InlineData("xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void TryParse_OtherText_IsRefused(string? text)
    {
        Assert.False(ModelHash.TryParse(text, out var hash));
        Assert.Equal(default, hash);
    }

    [Fact]
    public void Parse_OtherText_NamesItAndTheRule()
    {
        var refusal = Assert.Throws<FormatException>(() => ModelHash.Parse("abc"));

        Assert.Equal("'abc' has 3 characters; a model hash is 64 hexadecimal digits. Give the whole hash.", refusal.Message);
    }
}
