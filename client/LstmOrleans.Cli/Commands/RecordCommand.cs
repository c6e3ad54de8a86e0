using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.InteropServices;
using LstmOrleans.Recording;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm record</c>: records this machine, with real trouble if asked for.</summary>
public static class RecordCommand
{
    private const int RuntimeFailure = 1, UsageError = 2;
    private const double DefaultMinutes = 80;

    /// <summary>The command and its children.</summary>
    public static Command Create()
    {
        var output = new Option<string>("--out")
        {
            Description = "A new or empty directory for the recording.",
            HelpName = "DIR",
            Required = true,
        };
        var minutes = new Option<double?>("--minutes") { Description = $"How long to record (without --seconds: {DefaultMinutes})." };
        var seconds = new Option<double?>("--seconds") { Description = "How long to record, in seconds." };
        var interval = new Option<TimeSpan>("--interval")
        {
            Description = "Time between rows: 1s, 500ms, or a number of seconds.",
            CustomParser = ParseInterval,
            DefaultValueFactory = _ => TimeSpan.FromSeconds(1),
        };
        var faults = new Option<int?>("--faults")
        {
            Description = "Make real trouble on this machine, from a schedule with this seed.",
            HelpName = "SEED",
        };
        var rehearsal = new Option<bool>("--rehearsal")
        {
            Description = "With --faults: every fault once for a few seconds (takes 4 minutes), to see that it works here.",
        };
        var work = new Option<string?>("--dir-for-disk-work")
        {
            Description = "Where probes and faults write (default: inside --out).",
            HelpName = "DIR",
        };

        var command = new Command("record", "Record the metrics of this Linux machine.")
        {
            output, minutes, seconds, interval, faults, rehearsal, work,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(minutes) is not null && result.GetValue(seconds) is not null)
                result.AddError("Give --minutes or --seconds, not both.");
            if (result.GetValue(rehearsal) && result.GetValue(faults) is null)
                result.AddError("--rehearsal tries out faults; give --faults SEED too.");
        });
        command.SetAction(parsed => Guard(() => Record(new RecorderOptions
        {
            OutputDirectory = parsed.GetRequiredValue(output),
            Duration = Length(parsed.GetValue(minutes), parsed.GetValue(seconds)),
            Interval = parsed.GetValue(interval),
            FaultSeed = parsed.GetValue(faults),
            Rehearsal = parsed.GetValue(rehearsal),
            DiskWorkDirectory = parsed.GetValue(work),
            Children = ChildCommand.Current(),
        })));
        command.Subcommands.Add(CreatePack());
        command.Subcommands.Add(RecordChildCommands.CreateFault());
        command.Subcommands.Add(RecordChildCommands.CreateEcho());
        return command;
    }

    private static Command CreatePack()
    {
        var from = new Argument<string>("dir") { Description = "The recording." };
        var to = new Option<string>("--to")
        {
            Description = "A new or empty directory for the packed copy.",
            HelpName = "DIR",
            Required = true,
        };
        var command = new Command("pack", "Copy a recording with its metrics compressed.") { from, to };
        command.SetAction(parsed => Guard(() => RecordingPack.Write(parsed.GetRequiredValue(from), parsed.GetRequiredValue(to))));
        return command;
    }

    private static void Record(RecorderOptions options)
    {
        using var stop = new CancellationTokenSource();
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var line = new ProgressLine(Console.Error, isTerminal: !Console.IsErrorRedirected);
        var card = new Recorder(options).Run(line.Show, stop.Token);
        line.Finish(FormattableString.Invariant(
            $"{card.Rows} rows of {card.Streams.Count} streams, {card.Faults} faults, in {options.OutputDirectory}"));
    }

    /// <summary>Runs a command; turns what it throws into one line and an exit code.</summary>
    internal static int Guard(Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (RecorderException error)
        {
            Console.Error.WriteLine(error.Message);
            return error.IsUsage ? UsageError : RuntimeFailure;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(error.Message);
            return RuntimeFailure;
        }
    }

    private static TimeSpan Length(double? minutes, double? seconds)
    {
        var length = seconds ?? (minutes ?? DefaultMinutes) * 60;
        return length is > 0 and < 1e9
            ? TimeSpan.FromSeconds(length)
            : throw RecorderException.Usage(FormattableString.Invariant(
                $"The length is {length} s; give a positive --minutes or --seconds."));
    }

    private static TimeSpan ParseInterval(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var (number, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith('s') => (text[..^1], 1),
            _ => (text, 1.0),
        };
        if (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1e6)
            return TimeSpan.FromSeconds(value * unit);
        result.AddError($"The interval is '{text}'; give for example 1s or 500ms.");
        return default;
    }
}
