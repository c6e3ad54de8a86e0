using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Rows;

namespace LstmOrleans.Cli.Commands;

/// <summary>Runs commands: what goes wrong is one line on standard error and an exit code.</summary>
internal static class CommandRunner
{
    public const int Done = 0, Failed = 1, Usage = 2, Interrupted = 130;

    private const string ExitCodes = "Exit codes: 0 done, 1 refused or failed (one line on stderr says why), 2 wrong command line, "
        + "130 interrupted.";

    private static readonly char[] LineBreaks = ['\r', '\n', '\t'];

    /// <summary>Parses and runs a command line.</summary>
    public static int Run(RootCommand root, string[] args)
    {
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        RefuseBlanks(root);
        try
        {
            return Invoke(root.Parse(args));
        }
        catch (Exception error)
        {
            // Not foreseen, but a stack trace helps nobody at the door.
            WriteError($"{error.GetType().Name}: {error.Message}");
            return Failed;
        }
    }

    private static int Invoke(ParseResult result)
    {
        if (result.Action is ParseErrorAction)
        {
            WriteError(string.Join(" ", result.Errors.Select(error => error.Message)) + " See --help.");
            return Usage;
        }

        // Signals are handled by the commands: they know what to finish first.
        return result.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    /// <summary>No name, path or list may be blank. (A prefix may be empty: the parameters then have none.)</summary>
    private static void RefuseBlanks(Command command)
    {
        foreach (var option in command.Options.Where(option => option.ValueType == typeof(string) && option.Name != "--prefix"))
            option.Validators.Add(given => RefuseBlank(given, given.Tokens, option.Name));
        foreach (var argument in command.Arguments.Where(argument => argument.ValueType == typeof(string)))
            argument.Validators.Add(given => RefuseBlank(given, given.Tokens, argument.Name));
        foreach (var child in command.Subcommands)
            RefuseBlanks(child);
    }

    private static void RefuseBlank(SymbolResult given, IReadOnlyList<Token> tokens, string name)
    {
        if (tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            given.AddError($"{name} is '{tokens[0].Value}'; it must not be blank. Give a value, or leave it out where it is optional.");
    }

    /// <summary>Runs a command's work. The first Ctrl+C cancels it, the second ends the process.</summary>
    /// <param name="work">Gets the token that Ctrl+C cancels.</param>
    /// <param name="interrupted">What to say after Ctrl+C.</param>
    public static int Guard(Func<CancellationToken, Task> work, Func<string>? interrupted = null)
    {
        using var stop = new CancellationTokenSource();
        void End(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        try
        {
            work(stop.Token).GetAwaiter().GetResult();
            return Done;
        }
        catch (OperationCanceledException cancelled) when (stop.IsCancellationRequested)
        {
            WriteError(interrupted?.Invoke() ?? (cancelled as InterruptedException)?.Message ?? "Interrupted.");
            return Interrupted;
        }
        catch (CommandException error)
        {
            WriteError(error.Message);
            return error.IsUsage ? Usage : Failed;
        }
        catch (Exception error) when (error is LstmException or RowException or ModelFileException or IOException or UnauthorizedAccessException)
        {
            WriteError(error.Message);
            return Failed;
        }
    }

    private static void WriteError(string message) =>
        Console.Error.WriteLine(string.Join(' ', message.Split(LineBreaks, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));

    /// <summary>The usual help, then the command's examples and the exit codes.</summary>
    private sealed class HelpWithExamples : SynchronousCommandLineAction
    {
        private readonly HelpAction _usual;

        public HelpWithExamples(HelpAction usual) => _usual = usual;

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = _usual.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            if (parseResult.CommandResult.Command is DocumentedCommand { Notes: { Length: > 0 } notes })
                output.WriteLine(notes.Trim() + Environment.NewLine);
            output.WriteLine(ExitCodes);
            return code;
        }
    }
}
