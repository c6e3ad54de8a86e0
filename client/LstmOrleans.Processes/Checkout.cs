namespace LstmOrleans.Processes;

/// <summary>A checkout of this repository: what can be built and restored only there.</summary>
/// <param name="Root">Its folder, absolute.</param>
public sealed record Checkout(string Root)
{
    private const string Solution = "LstmOrleans.sln";

    /// <summary>The manifest of the tools, Garnet among them.</summary>
    public string ToolManifest => ManifestOf(Root);

    /// <summary>The checkout that one of these folders is in; the first that is in one decides. Null where none is.</summary>
    public static Checkout? Find(params IReadOnlyList<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        foreach (string start in folders)
        {
            for (var folder = new DirectoryInfo(start); folder != null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, Solution)) && File.Exists(ManifestOf(folder.FullName)))
                    return new Checkout(folder.FullName);
            }
        }

        return null;
    }

    private static string ManifestOf(string root) => Path.Combine(root, ".config", "dotnet-tools.json");
}
