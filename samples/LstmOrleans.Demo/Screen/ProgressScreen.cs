using System.Globalization;
using LstmOrleans.Demo.Playing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LstmOrleans.Demo.Screen;

/// <summary>Shows how a run goes on: a live table on a terminal, a line per second elsewhere.</summary>
internal static class ProgressScreen
{
    private static readonly TimeSpan LivePeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LinePeriod = TimeSpan.FromSeconds(1);

    /// <summary>Shows progress until the work is done; the work's failure is passed on.</summary>
    public static async Task Show(PlayProgress progress, Task work)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive)
        {
            await ShowLines(progress, work);
        }
        else
        {
            await AnsiConsole.Live(Table(progress.Now()))
                .StartAsync(context => Repeat(work, LivePeriod, () => context.UpdateTarget(Table(progress.Now()))));
        }

        await work;
    }

    private static async Task ShowLines(PlayProgress progress, Task work)
    {
        await Repeat(work, LinePeriod, () =>
        {
            var now = progress.Now();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{now.Elapsed.TotalSeconds,5:F1} s  {now.Streams} streams  {now.Events} of {now.Total} events ({100 * now.Share:F0}%)  {now.Rate:F0} events/s  {now.Anomalies} anomalies"));
        });
    }

    // Ends with the work, after showing its end; a failure is the caller's to see.
    private static async Task Repeat(Task work, TimeSpan period, Action show)
    {
        while (await Task.WhenAny(work, Task.Delay(period)) != work)
            show();
        show();
    }

    private static Spectre.Console.Rows Table(PlaySnapshot now)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("streams", "events", "events/s", "anomalies", "time");
        foreach (var column in table.Columns)
            column.RightAligned();
        table.AddRow(
            string.Create(CultureInfo.InvariantCulture, $"{now.Streams}, {now.Ended} at their end"),
            string.Create(CultureInfo.InvariantCulture, $"{now.Events:N0} of {now.Total:N0}"),
            string.Create(CultureInfo.InvariantCulture, $"{now.Rate:N0}"),
            string.Create(CultureInfo.InvariantCulture, $"[yellow]{now.Anomalies}[/]"),
            string.Create(CultureInfo.InvariantCulture, $"{now.Elapsed.TotalSeconds:F1} s"));
        var bar = new BreakdownChart().Width(60).HideTags()
            .AddItem("played", Math.Max(now.Events, 1), Color.Green).AddItem("to come", now.Total - now.Events, Color.Grey23);
        IEnumerable<IRenderable> latest = now.Latest.Reverse().Select(entry => new Markup(string.Create(CultureInfo.InvariantCulture,
            $"[grey]anomaly[/] {Markup.Escape(entry.Stream)} [grey]row[/] {entry.Alarm.Position} [grey]score[/] {entry.Alarm.Score:F1}")));
        return new Spectre.Console.Rows([table, bar, .. latest]);
    }
}
