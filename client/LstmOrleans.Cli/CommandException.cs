namespace LstmOrleans.Cli;

/// <summary>A command cannot do what it was asked for. The message is one line: value, rule, remedy.</summary>
internal sealed class CommandException : Exception
{
    public CommandException(string message)
        : base(message)
    {
    }

    /// <summary>True when the command line itself was wrong.</summary>
    public bool IsUsage { get; init; }
}

/// <summary>Ctrl+C, where there is more to say than that.</summary>
internal sealed class InterruptedException(string message) : OperationCanceledException(message);
