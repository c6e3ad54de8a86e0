using System.Globalization;
using LstmOrleans.Cli.Ingest;
using Spectre.Console;

namespace LstmOrleans.Cli.Commands;

/// <summary>Shows on a terminal how an ingest gets on; elsewhere only its notes.</summary>
internal static class IngestProgress
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    /// <param name="counts">What the work keeps up to date.</param>
    /// <param name="run">Starts the work; gets where its notes go.</param>
    public static async Task ShowAsync(IngestCounts counts, Func<Action<string>, Task> run)
    {
        if (Console.IsErrorRedirected)
        {
            await run(Console.Error.WriteLine).ConfigureAwait(false);
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("connecting", new ProgressTaskSettings { MaxValue = 1 });
                var work = run(note => console.WriteLine(note));
                while (await Task.WhenAny(work, Task.Delay(Period)).ConfigureAwait(false) != work)
                    Update(bar, counts);
                await work.ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private static void Update(ProgressTask bar, IngestCounts counts)
    {
        var rate = counts.Applied / Math.Max(counts.Elapsed.TotalSeconds, 1e-3);
        bar.IsIndeterminate = counts.Length == 0;
        bar.MaxValue = Math.Max(1, counts.Length);
        bar.Value = counts.Offset;
        bar.Description = string.Create(CultureInfo.InvariantCulture, $"position {counts.Position}, {rate:0} events/s");
    }
}
