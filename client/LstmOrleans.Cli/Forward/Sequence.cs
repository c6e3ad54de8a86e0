namespace LstmOrleans.Cli.Forward;

/// <summary>One sequence: its name and its rows.</summary>
internal sealed class Sequence
{
    public Sequence(string name) => Name = name;

    public string Name { get; }

    /// <summary>Each (I).</summary>
    public List<float[]> Rows { get; } = [];
}
