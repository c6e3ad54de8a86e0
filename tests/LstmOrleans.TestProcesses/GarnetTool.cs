using System.Reflection;
using LstmOrleans.Processes;

namespace LstmOrleans.TestProcesses;

/// <summary>GarnetServer.dll of the version in <c>.config/dotnet-tools.json</c>, restored if it is missing.</summary>
public static class GarnetTool
{
    private static readonly Lazy<GarnetProgram> Found = new(Find);

    /// <summary>The file to run with <c>dotnet exec</c>; null where it cannot be had.</summary>
    public static string? ServerPath => Program.Path;

    /// <summary>Why there is none: what <c>dotnet tool restore</c> said.</summary>
    public static string Problem => Program.Problem;

    internal static GarnetProgram Program => Found.Value;

    private static GarnetProgram Find()
    {
        var root = typeof(GarnetTool).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "RepositoryRoot").Value!;
        return GarnetProgram.Find(new Checkout(Path.GetFullPath(root.Replace('\\', Path.DirectorySeparatorChar))));
    }
}
