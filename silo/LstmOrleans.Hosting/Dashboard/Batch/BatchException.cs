namespace LstmOrleans.Hosting.Dashboard.Batch;

/// <summary>A file cannot be run. The message is for a person: value, rule, remedy.</summary>
internal sealed class BatchException : Exception
{
    public BatchException(string message)
        : base(message)
    {
    }
}
