namespace LstmOrleans.Numerics.Tests;

/// <summary>The README's C# example is the program samples/LstmOrleans.Example, and prints what the README says.</summary>
public class ReadmeTests
{
    private static readonly string[] Shapes = ["output (4, 6, 128)", "h_n (6, 4, 64)", "c_n (6, 4, 256)"];

    [Fact]
    public async Task Example_PrintsTheThreeShapes() => Assert.Equal(Shapes, await Child.RunAsync("LstmOrleans.Example", []));

    [Fact]
    public void Readme_HasTheExampleAndItsOutput()
    {
        string readme = Text("README.md"), program = Text("samples/LstmOrleans.Example/Program.cs");
        Assert.Contains($"```csharp\n{program}```\n", readme, StringComparison.Ordinal);
        Assert.Contains($"```\n{string.Join('\n', Shapes)}\n```\n", readme, StringComparison.Ordinal);
    }

    private static string Text(string path) => File.ReadAllText(Path.Combine(Child.RepositoryRoot, path)).ReplaceLineEndings("\n");
}
