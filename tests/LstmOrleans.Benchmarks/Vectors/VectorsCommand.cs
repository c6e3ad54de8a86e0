using System.CommandLine;
using System.Globalization;

namespace LstmOrleans.Benchmarks.Vectors;

/// <summary><c>vectors DIR</c>: checks every case file of a folder.</summary>
internal static class VectorsCommand
{
    private const int Failed = 1, NothingToCheck = 2;

    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "A folder of cases, *.safetensors: parameters, x, h0, c0, output, h_n, c_n, perhaps lengths." };
        var command = new Command("vectors", "Checks every case of a folder against what libtorch computed; exit code 1 when one fails.") { folder };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(folder), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(string folder, TextWriter output, TextWriter errors)
    {
        string[] paths;
        try
        {
            paths = [.. Directory.GetFiles(folder).Where(IsCase).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.WriteLine($"The folder '{folder}' cannot be read: {error.Message.ReplaceLineEndings(" ")} Name a folder of case files.");
            return NothingToCheck;
        }

        if (paths.Length == 0)
        {
            errors.WriteLine($"The folder '{folder}' has no file that ends in {VectorCase.Ending}; a case is one such file. Name a folder of case files.");
            return NothingToCheck;
        }

        int width = paths.Max(path => Path.GetFileNameWithoutExtension(path).Length), failed = 0;
        foreach (string path in paths)
        {
            var result = VectorCheck.OfFile(path);
            failed += result.Failure == null ? 0 : 1;
            output.WriteLine(Line(result, width));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{paths.Length - failed} passed, {failed} failed"));
        return failed == 0 ? 0 : Failed;
    }

    private static bool IsCase(string path) => path.EndsWith(VectorCase.Ending, StringComparison.OrdinalIgnoreCase);

    private static string Line(VectorResult result, int width)
    {
        string error = result.Error?.ToString("0.0e-00", CultureInfo.InvariantCulture) ?? "-";
        return $"{result.Name.PadRight(width)}  {error,-7}  " + (result.Failure == null ? result.Paths : "FAILED: " + result.Failure);
    }
}
