namespace LstmOrleans.Demo;

/// <summary>The demo cannot go on. The message is one line for a person: value, rule, remedy.</summary>
internal sealed class DemoException : Exception
{
    public DemoException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    /// <summary>Something other has to be asked for, with other options.</summary>
    public static DemoException Usage(string message) => new(message) { ExitCode = DemoCommand.UsageError };

    public int ExitCode { get; private init; } = DemoCommand.Failed;
}
