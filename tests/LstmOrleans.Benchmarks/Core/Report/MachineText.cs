using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace LstmOrleans.Benchmarks.Core.Report;

/// <summary>What a table of times is worth nothing without.</summary>
internal sealed record MachineText(string Processor, int Cores, string Registers, string Runtime, string Date, string Onnx, string Libtorch, int Rounds, double SampleSeconds)
{
    public static MachineText Describe(int lanes, CoreBudget budget, string libtorch) => new(
        Model(),
        Environment.ProcessorCount,
        $"{lanes} lanes ({lanes switch { 16 => "AVX-512", 8 => "AVX2", 4 => "AdvSimd", _ => "scalar" }})",
        RuntimeInformation.FrameworkDescription,
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}",
        libtorch,
        budget.Rounds,
        budget.SampleSeconds);

    private static string Model()
    {
        string[] lines = File.Exists("/proc/cpuinfo") ? File.ReadAllLines("/proc/cpuinfo") : [];
        string? Field(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        // Virtual machines often hide the model's name; family and model still tell the generation.
        return Field("model name") is { } model ? $"{model} (family {Field("cpu family")}, model {Field("model\t")})" : RuntimeInformation.ProcessArchitecture.ToString();
    }
}
