using System.Globalization;

namespace LstmOrleans.Recording.Sampling;

/// <summary>/proc/stat, /proc/loadavg and /proc/pressure: who runs, who waits.</summary>
internal static class ProcessorParsers
{
    // Columns of a "cpu" line: name user nice system idle iowait irq softirq steal. The kernel counts in ticks of 1/100 s
    // (USER_HZ, fixed for user space), so ticks per second are per cent of one core.
    private const int User = 1, Nice = 2, System = 3, Wait = 5, HardInterrupt = 6, SoftInterrupt = 7, Steal = 8;

    public static void Stat(string text, List<Reading> into)
    {
        string[]? all = null;
        var cores = 0;
        foreach (var line in Fields.Lines(text))
        {
            var fields = Fields.Of(line);
            switch (fields[0])
            {
                case "cpu":
                    all = fields;
                    break;
                case var core when core.StartsWith("cpu", StringComparison.Ordinal):
                    cores++;
                    Fields.Add(into, $"{core}_user_pct", Fields.Number(fields, User) + Fields.Number(fields, Nice), perSecond: true);
                    Fields.Add(into, $"{core}_system_pct", Fields.Number(fields, System), perSecond: true);
                    Fields.Add(into, $"{core}_iowait_pct", Fields.Number(fields, Wait), perSecond: true);
                    break;
                case "intr":
                    Fields.Add(into, "interrupts_per_s", Fields.Number(fields, 1), perSecond: true);
                    break;
                case "softirq":
                    Fields.Add(into, "softirqs_per_s", Fields.Number(fields, 1), perSecond: true);
                    break;
                case "ctxt":
                    Fields.Add(into, "context_switches_per_s", Fields.Number(fields, 1), perSecond: true);
                    break;
                case "processes":
                    Fields.Add(into, "forks_per_s", Fields.Number(fields, 1), perSecond: true);
                    break;
                case "procs_running":
                    Fields.Add(into, "tasks_running", Fields.Number(fields, 1));
                    break;
                case "procs_blocked":
                    Fields.Add(into, "tasks_blocked", Fields.Number(fields, 1));
                    break;
            }
        }

        if (all is not null && cores > 0) Total(all, cores, into);
    }

    /// <summary>The first number and the "running/all" pair of /proc/loadavg: <c>0.03 0.26 0.15 2/87 4628</c>.</summary>
    public static void LoadAverage(string text, List<Reading> into)
    {
        var fields = Fields.Of(text.TrimEnd());
        Fields.Add(into, "load_1min", Fields.Number(fields, 0));
        if (fields.Length > 3 && fields[3].Split('/') is [_, var all])
            Fields.Add(into, "threads", double.Parse(all, CultureInfo.InvariantCulture));
    }

    /// <summary>A pressure file: <c>some avg10=0.00 avg60=0.00 avg300=0.00 total=123</c>, total in microseconds of waiting.</summary>
    public static Action<string, List<Reading>> Pressure(string resource) => (text, into) =>
    {
        foreach (var line in Fields.Lines(text))
        {
            var fields = Fields.Of(line);
            // "full" of the processor is always zero for a whole machine: somebody runs.
            if (resource == "cpu" && fields[0] == "full") continue;
            foreach (var field in fields)
            {
                if (!field.StartsWith("total=", StringComparison.Ordinal)) continue;
                var microseconds = double.Parse(field.AsSpan("total=".Length), CultureInfo.InvariantCulture);
                Fields.Add(into, $"pressure_{resource}_{fields[0]}_pct", microseconds / 10_000, perSecond: true);
            }
        }
    };

    private static void Total(string[] all, int cores, List<Reading> into)
    {
        double busy = 0;
        foreach (var column in new[] { User, Nice, System, HardInterrupt, SoftInterrupt, Steal })
            if (Fields.Number(all, column) is var ticks && !double.IsNaN(ticks)) busy += ticks;
        Fields.Add(into, "cpu_busy_pct", busy / cores, perSecond: true);
        Fields.Add(into, "cpu_softirq_pct", Fields.Number(all, SoftInterrupt) / cores, perSecond: true);
        Fields.Add(into, "cpu_steal_pct", Fields.Number(all, Steal) / cores, perSecond: true);
    }
}
