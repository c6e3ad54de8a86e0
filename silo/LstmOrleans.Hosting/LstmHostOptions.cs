namespace LstmOrleans.Hosting;

/// <summary>Settings of one process. Configuration section <c>Lstm</c>.</summary>
public sealed class LstmHostOptions
{
    /// <summary>Folder of everything this process keeps: <c>streams.db</c> (embedded store) and <c>models/</c>.</summary>
    public string DataDirectory { get; set; } = "lstm-data";

    /// <summary>Stop when standard input ends: for processes started by another one, so that none outlives it.</summary>
    public bool ExitWithParent { get; set; }
}
