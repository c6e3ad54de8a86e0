using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace LstmOrleans.Benchmarks.Failover;

/// <summary>The pauses of a run, as text and as an object for JSON.</summary>
internal sealed class FailoverReport(int silos, int streams)
{
    private readonly List<FailoverResult> _results = [];
    private readonly string _loadBefore = LoadAverage();

    public bool Passed => _results.TrueForAll(result => result.Passed);

    public void Add(FailoverResult result) => _results.Add(result);

    public static string Line(FailoverResult result) => FormattableString.Invariant(
        $"{result.Name}: longest {result.Longest.TotalSeconds:f2} s, median {result.Median.TotalSeconds:f2} s, {result.Late} streams over 1 s, {result.Failed} failed {result.Detail}");

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        Line($"{silos} server processes, {streams} streams with a session each, one event in 0.1 s, {Build} build, {RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} cores; load average {_loadBefore} before, {LoadAverage()} after");
        Line($"");
        Line($"| event | runs | longest pause of each run, s | worst | median stream | streams over 1 s | failed | at most | |");
        Line($"|---|---|---|---|---|---|---|---|---|");
        foreach (var group in _results.GroupBy(result => result.Name))
        {
            var first = group.First();
            Line($"| {first.What} | {group.Count()} | {string.Join(", ", group.Select(one => one.Longest.TotalSeconds.ToString("f1", CultureInfo.InvariantCulture)))} | {group.Max(one => one.Longest.TotalSeconds):f1} | {group.Max(one => one.Median.TotalSeconds):f1} | {group.Max(one => one.Late)} | {group.Sum(one => one.Failed)} | {(first.Most == TimeSpan.MaxValue ? "" : $"{first.Most.TotalSeconds} s")} | {(group.All(one => one.Passed) ? "PASS" : "short")} |");
        }

        Line($"");
        foreach (var result in _results.Where(result => result.Detail.Length > 0))
            Line($"- {result.Name}: {result.Detail}");
        return text.ToString();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    public object ToJson() => new
    {
        silos,
        streams,
        build = Build,
        cores = Environment.ProcessorCount,
        loadAverage = new { before = _loadBefore, after = LoadAverage() },
        passed = Passed,
        events = _results.Select(one => new
        {
            one.Name,
            one.What,
            longestSeconds = one.Longest.TotalSeconds,
            medianSeconds = one.Median.TotalSeconds,
            mostSeconds = one.Most == TimeSpan.MaxValue ? (double?)null : one.Most.TotalSeconds,
            streamsOverOneSecond = one.Late,
            one.Failed,
            one.Detail,
            verdict = one.Passed ? "PASS" : "short",
        }),
    };

#if DEBUG
    private const string Build = "Debug";
#else
    private const string Build = "Release";
#endif

    private static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
