using System.Globalization;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>CPU seconds of a process by its groups of threads, from <c>/proc</c>; empty on systems without it.</summary>
/// <remarks>Ticks of 10 ms: right for rounds of seconds. What ended threads used stands under <see cref="Rest"/>.</remarks>
internal sealed class ProcessorTime
{
    public const string Writer = "store writer thread";
    public const string Pool = "thread pool";
    public const string Sockets = "socket polling";
    public const string Collector = "garbage collector";
    public const string Rest = "rest (JIT, timers, ended threads)";
    private const double TicksPerSecond = 100;

    public static readonly string[] Parts = [Writer, Pool, Sockets, Collector, Rest];

    private readonly Dictionary<string, double> _seconds = [];

    private ProcessorTime()
    {
    }

    public double Total { get; private set; }

    public double this[string part] => _seconds.GetValueOrDefault(part);

    public static ProcessorTime Of(int process)
    {
        var time = new ProcessorTime();
        string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        if (!Directory.Exists(folder))
            return time;
        foreach (string thread in Directory.EnumerateDirectories($"{folder}/task"))
        {
            try
            {
                var (name, seconds) = Read($"{thread}/stat");
                string part = PartOf(name);
                time._seconds[part] = time[part] + seconds;
            }
            catch (IOException)
            {
                // Ended between listing and reading; the process's own sum has it.
            }
        }

        time.Total = Read($"{folder}/stat").Seconds;
        time._seconds[Rest] = time.Total - Parts.Where(part => part != Rest).Sum(part => time[part]);
        return time;
    }

    public ProcessorTime Since(ProcessorTime earlier)
    {
        var difference = new ProcessorTime { Total = Total - earlier.Total };
        foreach (string part in Parts)
            difference._seconds[part] = this[part] - earlier[part];
        return difference;
    }

    // Linux cuts names at 15 characters.
    private static string PartOf(string name) => name switch
    {
        _ when name.StartsWith("lstm-", StringComparison.Ordinal) && name.Contains("-w", StringComparison.Ordinal) => Writer,
        _ when name.StartsWith(".NET TP", StringComparison.Ordinal) => Pool,
        _ when name.StartsWith(".NET Socket", StringComparison.Ordinal) => Sockets,
        _ when name.StartsWith(".NET", StringComparison.Ordinal) && (name.Contains("GC", StringComparison.Ordinal) || name.Contains("Finalizer", StringComparison.Ordinal)) => Collector,
        _ => Rest,
    };

    private static (string Name, double Seconds) Read(string file)
    {
        // "pid (name) state ppid ..."; the name may hold spaces and brackets. utime and stime are fields 14 and 15.
        string line = File.ReadAllText(file);
        int open = line.IndexOf('(', StringComparison.Ordinal), close = line.LastIndexOf(')');
        string[] fields = line[(close + 2)..].Split(' ');
        return (line[(open + 1)..close], (Ticks(11) + Ticks(12)) / TicksPerSecond);

        double Ticks(int field) => double.Parse(fields[field], CultureInfo.InvariantCulture);
    }
}
