namespace LstmOrleans.Rows;

/// <summary>An input cannot be read. The message is one line: where, value, rule, remedy.</summary>
internal sealed class RowException : Exception
{
    public RowException(string message)
        : base(message)
    {
    }
}
