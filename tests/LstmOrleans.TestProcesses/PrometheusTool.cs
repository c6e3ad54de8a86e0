namespace LstmOrleans.TestProcesses;

/// <summary>Finds prometheus and promtool in the path, as Debian's package <c>prometheus</c> puts them there.</summary>
public static class PrometheusTool
{
    /// <summary>The server; null where it is not installed.</summary>
    public static string? ServerPath { get; } = Find("prometheus");

    /// <summary>The checker of its files; null where it is not installed.</summary>
    public static string? CheckerPath { get; } = Find("promtool");

    /// <summary>Why one of them is missing.</summary>
    public static string Problem => "prometheus and promtool are not in the path; install them (Debian: apt-get install prometheus).";

    private static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
