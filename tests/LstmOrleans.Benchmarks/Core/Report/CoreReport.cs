using System.Globalization;
using System.Text;

namespace LstmOrleans.Benchmarks.Core.Report;

/// <summary>The figures as Markdown, and the same as an object for JSON.</summary>
internal sealed class CoreReport(MachineText machine, IReadOnlyList<RowResult> results, IReadOnlyList<CliffResult> cliffs, int lanes)
{
    private readonly StringBuilder _text = new();

    public string ToMarkdown()
    {
        WriteHead();
        foreach (var (group, title) in new[]
        {
            (CoreGroup.Lone, "Lone step"), (CoreGroup.Batch, "Micro-batch"), (CoreGroup.Sequence, "Full sequence"), (CoreGroup.Threads, "Two threads"),
            (CoreGroup.Layers, "Layers and projection"),
        })
        {
            WriteTable(title, [.. results.Where(result => result.Row.Group == group)]);
        }

        WriteCliffs();
        WriteNotes();
        WriteVerdict();
        return _text.ToString();
    }

    public object ToJson() => new
    {
        machine,
        rows = results.Select(result => new { result, targets = Targets.Of(result, lanes) }),
        cliffs = cliffs.Select(cliff => new { cliff, target = Targets.Of(cliff) }),
    };

    private void WriteHead()
    {
        Line($"# Core");
        Line($"");
        Line($"{machine.Processor}, {machine.Cores} cores, {machine.Registers}, {machine.Runtime}, {machine.Date}. I = H/2; medians of {machine.Rounds} rounds in turns, {machine.SampleSeconds * 1000:0} ms a sample.");
        Line($"Peers: {machine.Onnx}; libtorch: {machine.Libtorch}.");
        Line($"");
        Line($"Limit = max(FLOP / FMA peak, bytes / read bandwidth at that size) + units * cost of one unit's activations, all for the row's threads and from the row's own rounds.");
        Line($"Sequences are (T, B, I). Medians of what the rows saw:");
        Line($"");
        foreach (var threads in results.GroupBy(result => result.Row.Threads))
        {
            Line($"- {threads.Key} thread(s): FMA peak {Median(threads.Select(result => result.FmaPeak)) / 1e9:0} GF/s, activations {1e9 / Median(threads.Select(result => result.Activations)):0.00} ns a unit");
            foreach (var size in threads.Where(result => result.ReadBandwidth != null).GroupBy(result => result.Row.Reads.Bytes).OrderBy(size => size.Key))
                Line($"  - read bandwidth at {size.Key / 1024.0:0} KiB: {Median(size.Select(result => result.ReadBandwidth!.Value)) / 1e9:0} GB/s");
        }
    }

    private void WriteTable(string title, RowResult[] rows)
    {
        if (rows.Length == 0)
            return;
        Line($"");
        Line($"## {title}");
        Line($"");
        Line($"| H | B | T | D | L | P | weights | threads | time us | GF/s | limit us | of limit | ONNX Runtime us | libtorch us | target | met |");
        Line($"|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var result in rows)
        {
            var row = result.Row;
            Target[] targets = [.. Targets.Of(result, lanes)];
            string met = string.Join("; ", targets.Select(target => $"{(target.Met ? "yes" : "**no**")} ({target.Value})"));
            string empty = result.EmptyTorchOperation is { } operation ? Text($", empty operation {operation * 1e6:0.00}") : string.Empty;
            Line($"| {row.Hidden} | {row.Batch} | {row.Steps} | {row.Directions} | {row.Layers} | {row.Projection} | {row.Precision} | {row.Threads} | {Microseconds(result.Seconds)} | {row.Flop / result.Seconds / 1e9:0.0} | {Microseconds(result.LimitSeconds)} | {result.ShareOfLimit:0.0%} | {Peer(result, result.Onnx)} | {Peer(result, result.Libtorch)}{empty} | {string.Join("; ", targets.Select(target => target.Rule))} | {met} |");
        }
    }

    private void WriteCliffs()
    {
        if (cliffs.Count == 0)
            return;
        Line($"");
        Line($"## Micro-batches of 1 to 8 rows: microseconds a row");
        Line($"");
        Line($"| H | {string.Join(" | ", Enumerable.Range(1, cliffs[0].Seconds.Length).Select(batch => $"B {batch}"))} | worst rise | met |");
        Line($"|{string.Concat(Enumerable.Repeat("---|", cliffs[0].Seconds.Length + 3))}");
        foreach (var cliff in cliffs)
        {
            var target = Targets.Of(cliff);
            Line($"| {cliff.Hidden} | {string.Join(" | ", cliff.SecondsPerRow.Select(Microseconds))} | {target.Value} | {(target.Met ? "yes" : "**no**")} |");
        }
    }

    /// <summary>Every peer that was wrong, absent or run in another way.</summary>
    private void WriteNotes()
    {
        var notes = results.SelectMany(result => new[] { (Peer: "ONNX Runtime", result.Onnx.Note, result.Row), (Peer: "libtorch", result.Libtorch.Note, result.Row) })
            .Where(note => note.Note != null)
            .GroupBy(note => (note.Peer, note.Note))
            .ToArray();
        if (notes.Length == 0)
            return;
        Line($"");
        Line($"## Peers' notes");
        Line($"");
        foreach (var note in notes)
        {
            string where = note.Count() > 6 ? $"{note.Count()} rows" : string.Join(", ", note.Select(one => one.Row.Name));
            Line($"- {note.Key.Peer}: {note.Key.Note} ({where})");
        }
    }

    private void WriteVerdict()
    {
        (string Name, Target Target)[] all =
        [
            .. results.SelectMany(result => Targets.Of(result, lanes).Select(target => (result.Row.Name, target))),
            .. cliffs.Select(cliff => ($"batches 1 to 8 H{cliff.Hidden}", Targets.Of(cliff))),
        ];
        Line($"");
        Line($"**{all.Count(one => one.Target.Met)} of {all.Length} targets met**");
        foreach (var (name, target) in all.Where(one => !one.Target.Met))
            Line($"- missed: {name}: {target.Value}, {target.Rule}");
    }

    private void Line(FormattableString text) => _text.Append(Text(text)).Append('\n');

    private static string Peer(RowResult result, PeerTime peer) =>
        peer.Seconds is { } seconds ? Text($"{Microseconds(seconds)} ({seconds / result.Seconds:0.00}x)") : "-";

    private static string Microseconds(double seconds) => (seconds * 1e6).ToString(seconds < 1e-4 ? "0.00" : "0", CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
