using LstmOrleans.Benchmarks.Vectors;

namespace LstmOrleans.Numerics.Tests.Vectors;

/// <summary>The case files beside these tests.</summary>
internal static class ShippedVectors
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Vectors");

    /// <summary>Names of all cases, in order; fit for <c>[MemberData]</c> after wrapping.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Folder, "*" + VectorCase.Ending).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public static string PathOf(string name) => Path.Combine(Folder, name + VectorCase.Ending);

    public static VectorCase Load(string name) => VectorCase.Load(PathOf(name));
}
