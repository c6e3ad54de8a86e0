using System.CommandLine;
using LstmOrleans.Benchmarks.Vectors;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Numerics.Tests.ModelFile;

namespace LstmOrleans.Numerics.Tests.Vectors;

/// <summary>The command <c>vectors DIR</c>, with which anybody checks more cases.</summary>
public sealed class VectorsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ShippedCases_AllPass()
    {
        var (exitCode, lines, errors) = Run(ShippedVectors.Folder);

        Assert.Equal("19 passed, 0 failed", lines[^1]);
        Assert.Equal(ShippedVectors.Names, lines[..^1].Select(line => line.Split(' ')[0]));
        Assert.Empty(errors);
        Assert.Equal(0, exitCode);
    }

    [Theory]
    [InlineData("output")]
    [InlineData("h_n")]
    [InlineData("c_n")]
    public void OneValueOffByAThousandth_FailsThatCaseAlone(string tensor)
    {
        Write("a", Case("02_unidirectional"));
        Write("b", Case("02_unidirectional").Change(tensor, values => values[^1] += 1e-3f));
        Write("c", Case("02_unidirectional"));

        var (exitCode, lines, _) = Run(_folder.Path);

        Assert.Equal("2 passed, 1 failed", lines[^1]);
        Assert.Contains("FAILED: " + tensor + "[", lines[1], StringComparison.Ordinal);
        Assert.Matches(@"^b  1\.0e-03 ", lines[1]);
        Assert.Equal(1, exitCode);
    }

    [Theory]
    [InlineData("01_minimal")]
    [InlineData("11_zero_state")]
    public void OneWeightOffByAHundredth_Fails(string name)
    {
        Write("a", Case(name).Change("weight_ih_l0", values => values[0] += 0.01f));
        Assert.Equal(1, Run(_folder.Path).ExitCode);
    }

    [Fact]
    public void StatesAbsent_AreZeros()
    {
        Write("a", Case("11_zero_state").Drop("h0").Drop("c0"));
        Assert.Equal(["1 passed, 0 failed"], Run(_folder.Path).Lines[1..]);
    }

    [Fact]
    public void UnsortedLengths_Pass()
    {
        // Sequences in the opposite order: lengths ascend.
        Write("a", Case("16_packed_bidirectional_proj").ReverseBatch(("x", 1), ("output", 1), ("h0", 1), ("c0", 1), ("h_n", 1), ("c_n", 1), ("lengths", 0)));
        var result = Run(_folder.Path);
        Assert.True(result.ExitCode == 0, string.Join('\n', result.Lines));
    }

    [Fact]
    public void UnbatchedCase_Passes()
    {
        Write("a", Case("17_long_300").FirstSequence(("x", 1), ("output", 1), ("h0", 1), ("c0", 1), ("h_n", 1), ("c_n", 1)));
        var result = Run(_folder.Path);
        Assert.True(result.ExitCode == 0, string.Join('\n', result.Lines));
        Assert.Contains("forward, steps", result.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsLeftOutOfTheMetadata_HavePyTorchsDefaults()
    {
        Write("a", Case("01_minimal").Say("num_layers", null).Say("bias", null).Say("batch_first", null).Say("bidirectional", null).Say("proj_size", null));
        Assert.Equal(0, Run(_folder.Path).ExitCode);
    }

    public static TheoryData<string, string> BrokenCases => new(Broken.Select(broken => (broken.Key, broken.Value.Reason)));

    private static readonly Dictionary<string, (string Reason, Func<VectorFile, VectorFile> Break)> Broken = new()
    {
        ["no x"] = ("tensor 'x' is missing", file => file.Drop("x")),
        ["no output"] = ("tensor 'output' is missing", file => file.Drop("output")),
        ["no h_n"] = ("tensor 'h_n' is missing", file => file.Drop("h_n")),
        ["no bias_hh"] = ("'bias_hh_l0' is missing", file => file.Drop("bias_hh_l0")),
        ["no weights"] = ("'weight_ih_l0' is missing", file => file.Drop("weight_ih_l0")),
        ["hidden_size"] = ("the metadata says hidden_size = '21'", file => file.Say("hidden_size", "21")),
        ["no hidden_size"] = ("the metadata has no hidden_size", file => file.Say("hidden_size", null)),
        ["num_layers"] = ("the metadata says num_layers = '2'", file => file.Say("num_layers", "2")),
        ["proj_size"] = ("the metadata says proj_size = '-1'", file => file.Say("proj_size", "-1")),
        ["bias"] = ("the metadata says bias = 'False'", file => file.Say("bias", "false")),
        ["bidirectional"] = ("the metadata says bidirectional = 'True'", file => file.Say("bidirectional", "true")),
        ["batch_first"] = ("it must be true or false", file => file.Say("batch_first", "maybe")),
        ["batch_first swapped"] = ("h0 has shape (1, 5, 20); x and the parameters need (1, 9, 20)", file => file.Say("batch_first", "true")),
        ["rank of x"] = ("x has shape (450)", file => file.Reshape("x", 450)),
        ["features of x"] = ("with I = 10", file => file.Reshape("x", 5, 9, 2, 5)),
        ["shape of h0"] = ("h0 has shape (5, 1, 20)", file => file.Reshape("h0", 5, 1, 20)),
        ["shape of output"] = ("output has shape (5, 9, 20)", file => file.Reshape("output", 5, 9, 20)),
        ["shape of c_n"] = ("c_n has shape (100)", file => file.Reshape("c_n", 100)),
        ["number of lengths"] = ("lengths has shape (5, 1)", file => file.Reshape("lengths", 5, 1)),
        ["length 0"] = ("lengths[4] is 0", file => file.Lengths(lengths => lengths[4] = 0)),
        ["length over T"] = ("lengths[0] is 10", file => file.Lengths(lengths => lengths[0] = 10)),
        ["empty x"] = ("B = 1099511627776 and T = 0", file => file.Replace(SafetensorsTensor.FromFloats("x", [0, 1L << 40, 10], []))),
        ["NaN expected"] = ("output[0] is", file => file.Change("output", values => values[0] = float.NaN)),
        ["NaN as a weight"] = ("every parameter must be finite", file => file.Change("weight_hh_l0", values => values[0] = float.NaN)),
    };

    [Theory, MemberData(nameof(BrokenCases))]
    public void BrokenCase_FailsWithItsReason_AndTheOthersRun(string kind, string reason)
    {
        Write("broken", Broken[kind].Break(Case("15_packed")));
        AssertOneFailure(reason);
    }

    [Theory]
    [InlineData("this is no safetensors file, whatever its name says", "Is this a safetensors file?")]
    [InlineData("", "file has 0 bytes")]
    [InlineData("\u0002\0\0\0\0\0\0\0{}", "'weight_ih_l0' is missing")]
    public void NoCaseAtAll_FailsWithItsReason_AndTheOthersRun(string content, string reason)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "broken" + VectorCase.Ending), content);
        AssertOneFailure(reason);
    }

    [Fact]
    public void TruncatedFile_FailsWithItsReason_AndTheOthersRun()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "broken" + VectorCase.Ending), File.ReadAllBytes(ShippedVectors.PathOf("15_packed"))[..^1]);
        AssertOneFailure("damaged or incomplete");
    }

    [Fact]
    public void FolderMissingOrWithoutCases_IsToldApartFromAFailure()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "notes.txt"), "");
        foreach (string folder in new[] { _folder.Path, Path.Combine(_folder.Path, "nowhere"), Path.Combine(_folder.Path, "notes.txt") })
        {
            var (exitCode, lines, errors) = Run(folder);
            Assert.Equal(2, exitCode);
            Assert.Empty(lines);
            Assert.Contains(folder, Assert.Single(errors), StringComparison.Ordinal);
        }
    }

    private void AssertOneFailure(string reason)
    {
        Write("a_good", Case("15_packed"));
        Write("z_good", Case("15_packed"));
        var (exitCode, lines, errors) = Run(_folder.Path);
        Assert.Equal(4, lines.Length);
        Assert.Contains("FAILED: ", lines[1], StringComparison.Ordinal);
        Assert.Contains(reason, lines[1], StringComparison.Ordinal);
        Assert.Equal("2 passed, 1 failed", lines[^1]);
        Assert.Empty(errors);
        Assert.Equal(1, exitCode);
    }

    private static VectorFile Case(string name) => VectorFile.Load(ShippedVectors.PathOf(name));

    private void Write(string name, VectorFile file) => file.Write(Path.Combine(_folder.Path, name + VectorCase.Ending));

    private static (int ExitCode, string[] Lines, string[] Errors) Run(string folder)
    {
        using StringWriter output = new(), errors = new();
        int exitCode = VectorsCommand.Create().Parse([folder]).Invoke(new InvocationConfiguration { Output = output, Error = errors });
        return (exitCode, Lines(output), Lines(errors));

        static string[] Lines(StringWriter text) => text.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
