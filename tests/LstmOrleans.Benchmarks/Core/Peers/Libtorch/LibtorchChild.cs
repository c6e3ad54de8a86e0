using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace LstmOrleans.Benchmarks.Core.Peers;

/// <summary>A second process with libtorch at its other setting. A line with a row is answered with its worst difference, a number of calls with seconds.</summary>
internal sealed class LibtorchChild : IDisposable
{
    private const string Name = "core-libtorch";
    private const string Variable = "ONEDNN_MAX_CPU_ISA";
    private const string Value = "AVX2";

    public const string Setting = $"{Variable}={Value}";

    private readonly Process _process;

    public LibtorchChild()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(LibtorchChild).Assembly.Location);
        start.ArgumentList.Add(Name);
        start.Environment[Variable] = Value;
        _process = Process.Start(start)!;
    }

    public static Command CreateCommand()
    {
        var command = new Command(Name, "The second libtorch process of the core benchmark.") { Hidden = true };
        command.SetAction(_ => Serve());
        return command;
    }

    public double Enter(CoreRow row) => Ask(JsonSerializer.Serialize(row));

    public double Seconds(int iterations) => Ask(iterations.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static void Serve()
    {
        LibtorchLstm? peer = null;
        while (Console.ReadLine() is { } line)
        {
            double answer;
            if (line.StartsWith('{'))
            {
                var row = JsonSerializer.Deserialize<CoreRow>(line)!;
                var data = new RowData(row);
                peer?.Dispose();
                peer = new LibtorchLstm(row, data);
                answer = peer.Values().WorstDifference(OurCore.Values(row, data));
            }
            else
            {
                answer = peer!.Seconds(int.Parse(line, CultureInfo.InvariantCulture));
            }

            Console.WriteLine(answer.ToString("R", CultureInfo.InvariantCulture));
        }

        peer?.Dispose();
    }

    private double Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The second libtorch process ended; see its message above.");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }
}
