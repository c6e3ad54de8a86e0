using System.CommandLine;
using System.CommandLine.Invocation;
using LstmOrleans.Client;
using LstmOrleans.Demo.Live;
using LstmOrleans.Forecasting;
using LstmOrleans.Hosting;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Recording;
using LstmOrleans.Recording.Probes;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Demo;

/// <summary>The command line: options, exit codes, and every foreseen error in one line.</summary>
internal static class DemoCommand
{
    public const int Failed = 1;
    public const int UsageError = 2;

    /// <summary>What a shell expects of a program that Ctrl+C has ended.</summary>
    public const int Interrupted = 130;

    private const int DefaultEventsPerCall = 128;

    private static readonly string ShippedRecording = Path.Combine(AppContext.BaseDirectory, "Data", "recording");

    private static readonly Option<bool> Keep = new("--keep")
    {
        Description = "Leave the silo serving when the run is over, on the usual ports, until Ctrl+C.",
    };

    private static readonly Option<bool> Fresh = new("--fresh")
    {
        Description = "Forget the run that the data folder holds and begin at the first row.",
    };

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Folder of everything the demo keeps (default: lstm-data/demo, with --nab lstm-data/nab, with --live lstm-data/live).",
        HelpName = "DIR",
    };

    private static readonly Option<string?> Recording = new("--recording")
    {
        Description = "Folder of a recording made by 'lstm record' (default: the one shipped with the demo).",
        HelpName = "DIR",
    };

    private static readonly Option<string?> Model = new("--model")
    {
        Description = "Folder of a model made by samples/LstmOrleans.Training (default: the one shipped with the demo).",
        HelpName = "DIR",
    };

    private static readonly Option<string?> Nab = new("--nab")
    {
        Description = "Play a copy of the Numenta Anomaly Benchmark instead: the folder that holds 'data' and 'labels'.",
        HelpName = "DIR",
    };

    private static readonly Option<bool> Live = new("--live")
    {
        Description = "This machine, now, instead of a recording: a row each second, until Ctrl+C. Serves on the usual ports.",
    };

    private static readonly Option<string?> Results = new("--results")
    {
        Description = "With --nab: where the detections go, in the benchmark's own format (default: 'results' in the data folder).",
        HelpName = "DIR",
    };

    private static readonly Option<int?> Streams = new("--streams")
    {
        Description = "Play only the first N streams.",
        HelpName = "N",
    };

    private static readonly Option<int?> Rows = new("--rows")
    {
        Description = "Play only the first N rows.",
        HelpName = "N",
    };

    private static readonly Option<int?> EventsPerCall = new("--events-per-call")
    {
        Description = $"Most events that one call carries; what waits beyond goes with the next (default: {DefaultEventsPerCall}).",
        HelpName = "N",
    };

    public static async Task<int> Run(string[] args)
    {
        var parsed = Create().Parse(args);
        // An error is told in one line; who wants the help asks for it.
        if (parsed.Action is ParseErrorAction errors)
            errors.ShowHelp = false;
        // The silo's host listens for Ctrl+C and ends the run in order; nothing else must end the process meanwhile.
        int exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        return parsed.Errors.Count > 0 ? UsageError : exitCode;
    }

    private static RootCommand Create()
    {
        var command = new RootCommand("Plays recorded real streams through a silo in this process, finds anomalies, and proves every step.")
        {
            Live, Keep, Fresh, Data, Recording, Model, Nab, Results, Streams, Rows, EventsPerCall,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Nab) != null && result.GetValue(Recording) != null)
                result.AddError("Give --nab or --recording, not both.");
            if (result.GetValue(Nab) == null && result.GetValue(Results) != null)
                result.AddError("--results is for the benchmark's files; give --nab DIR too.");
            string[] played = [.. new (string Name, bool Given)[] { (Nab.Name, result.GetValue(Nab) != null), (Recording.Name, result.GetValue(Recording) != null), (Rows.Name, result.GetValue(Rows) != null), (Keep.Name, result.GetValue(Keep)) }.Where(option => option.Given).Select(option => option.Name)];
            if (result.GetValue(Live) && played.Length > 0)
                result.AddError($"--live takes this machine's rows as they come and serves until Ctrl+C; leave {string.Join(" and ", played)} out.");
            RequireAtLeast(Streams.Name, result.GetValue(Streams), 1);
            RequireAtLeast(Rows.Name, result.GetValue(Rows), DemoRun.FewestRows);
            RequireAtLeast(EventsPerCall.Name, result.GetValue(EventsPerCall), 1);

            void RequireAtLeast(string name, int? value, int least)
            {
                if (value < least)
                    result.AddError($"{name} is {value}; it must be at least {least}.");
            }
        });
        command.SetAction((parsed, _) => Guard(() => parsed.GetValue(Live) ? LiveRun.Run(Options(parsed)) : DemoRun.Run(Options(parsed))));
        command.Subcommands.Add(EchoPeerCommand());
        return command;
    }

    /// <summary><c>record echo</c>: what the sampler of --live starts this program for again. Not shown in the help.</summary>
    private static Command EchoPeerCommand()
    {
        var echo = new Command("echo", "Answer the loopback probe.");
        echo.SetAction(_ => EchoPeer.Run(Console.OpenStandardInput(), Console.Out));
        return new Command("record", "Children of --live.") { Subcommands = { echo }, Hidden = true };
    }

    private static DemoOptions Options(ParseResult parsed) => new()
    {
        Data = Path.GetFullPath(parsed.GetValue(Data) ?? Path.Combine("lstm-data", parsed.GetValue(Live) ? "live" : parsed.GetValue(Nab) == null ? "demo" : "nab")),
        Recording = parsed.GetValue(Recording) ?? ShippedRecording,
        Model = parsed.GetValue(Model) ?? TrainedModel.Directory,
        Nab = parsed.GetValue(Nab),
        Results = parsed.GetValue(Results),
        Streams = parsed.GetValue(Streams),
        Rows = parsed.GetValue(Rows),
        EventsPerCall = parsed.GetValue(EventsPerCall) ?? DefaultEventsPerCall,
        Fresh = parsed.GetValue(Fresh),
        Keep = parsed.GetValue(Keep),
    };

    private static async Task<int> Guard(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C or a signal; or the end of the silo's store, which has said why and left an exit code.
            if (Environment.ExitCode != 0)
                return Environment.ExitCode;
            await Console.Error.WriteLineAsync("Stopped. Start again to go on where the streams are.");
            return Interrupted;
        }
        catch (Exception error) when (Reason(error) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason.ReplaceLineEndings(" ").Trim());
            return error is DemoException demo ? demo.ExitCode : Failed;
        }
    }

    /// <summary>The message of an error that a person can mend; null for those that need a stack trace.</summary>
    private static string? Reason(Exception error) => error switch
    {
        DemoException or LstmException or RecorderException or ModelFileException or InvalidDataException or UnauthorizedAccessException => error.Message,
        SqliteException =>
            $"The demo's own store failed: {error.Message} Mend the disk and start again, it goes on where it was; or begin anew with --fresh.",
        FileNotFoundException or DirectoryNotFoundException => error.Message,
        _ => LstmProcess.Reason(error),
    };
}
