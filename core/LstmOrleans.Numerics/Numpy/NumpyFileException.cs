namespace LstmOrleans.Numerics.Numpy;

/// <summary>Bytes are no <c>.npy</c> file that can be read here. The message names the value, the rule and the remedy.</summary>
public sealed class NumpyFileException : Exception
{
    /// <summary>With what is wrong.</summary>
    public NumpyFileException(string message)
        : base(message)
    {
    }
}
