using System.Text;
using CsCheck;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.ModelFile;

/// <summary>Whatever happens to the bytes: a <see cref="ModelFileException"/>, or the very same model; never another one, never another exception.</summary>
public sealed class DamagedFileTests
{
    private static readonly LstmParameters Tiny = RandomModels.Make(
        new LstmShape { InputSize = 1, HiddenSize = 2, ProjSize = 1 }, seed: 3, scaled: true, outputs: 1, activation: HeadActivation.Tanh);

    [Theory]
    [InlineData(WeightPrecision.Float32)]
    [InlineData(WeightPrecision.BFloat16)]
    public void Parse_EveryByteFlipped_NeverGivesAnotherModel(WeightPrecision precision)
    {
        var tiny = RandomModels.Make(Tiny.Shape, seed: 3, scaled: true, outputs: 1, activation: HeadActivation.Tanh, precision: precision);
        var bytes = LstmModelFile.ToBytes(tiny);
        byte[] masks = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff];
        var refused = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var mask in masks)
            {
                bytes[i] ^= mask;
                if (!TryParse(bytes, tiny))
                    refused++;
                bytes[i] ^= mask;
            }
        }

        // Only padding and escapes of the header can change without changing the model.
        Assert.InRange(refused, (bytes.Length * masks.Length) - 200, bytes.Length * masks.Length);
    }

    [Fact]
    public void Parse_AnyModelAndAnyByteReplaced_NeverGivesAnotherModel() =>
        Gen.Select(RandomModels.Any, Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample((model, place, mask) =>
        {
            var bytes = LstmModelFile.ToBytes(model);
            bytes[place % bytes.Length] ^= mask;
            TryParse(bytes, model);
        }, iter: 3000);

    [Fact]
    public void Parse_EveryTruncation_IsRefused()
    {
        var bytes = LstmModelFile.ToBytes(Tiny);
        for (var length = 0; length < bytes.Length; length++)
        {
            var cut = bytes.AsMemory(0, length);
            var refusal = Assert.Throws<ModelFileException>(() => LstmModelFile.Parse(cut, "cut.model"));
            Assert.StartsWith("cut.model: ", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Parse_AnyBytesAppended_AreRefused() =>
        Gen.Byte.Array[1, 20].Sample(tail =>
        {
            byte[] bytes = [.. LstmModelFile.ToBytes(Tiny), .. tail];
            ModelAssert.Refused("long.model", null, () => LstmModelFile.Parse(bytes, "long.model"));
        });

    [Fact]
    public void Import_AnyPieceOfAStateDictOverwritten_NeverThrowsAnythingElse()
    {
        var whole = SafetensorsWriter.ToBytes(
            ParameterTensors.Of(Tiny).Select(item => SafetensorsTensor.FromFloats(item.Name, item.Sizes, item.Values)), new Dictionary<string, string>());
        // Pieces that mean something to the reader go further than random bytes do.
        string[] meaningful = ["0", "-", "9", "}", "{", "]", "[", ",", "\"", "\\", "F16", "I64", "l1", "l9", "_reverse", "weight_hr", "bias_ih", "999999"];
        var pieces = Gen.OneOf(Gen.Int[0, meaningful.Length - 1].Select(i => Encoding.UTF8.GetBytes(meaningful[i])), Gen.Byte.Array[1, 4]);
        Gen.Select(pieces, Gen.Int[0, whole.Length - 16]).Array[1, 3].Sample(changes =>
        {
            var bytes = whole.ToArray();
            foreach (var (piece, place) in changes)
                piece.CopyTo(bytes, place);
            try
            {
                StateDictImport.Import(SafetensorsFile.Parse(bytes, "fuzzed"), new StateDictImportOptions { HeadPrefix = "head" });
            }
            catch (ModelFileException)
            {
            }
        }, iter: 5000);
    }

    private static bool TryParse(byte[] bytes, LstmParameters expected)
    {
        try
        {
            ModelAssert.BitEqual(expected, LstmModelFile.Parse(bytes, "flipped.model").Parameters);
            return true;
        }
        catch (ModelFileException)
        {
            return false;
        }
    }
}
