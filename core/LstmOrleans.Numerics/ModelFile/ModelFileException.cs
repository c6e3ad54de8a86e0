using System.Globalization;
using System.Text;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>A file's content is not what it must be. The message is one line: file, tensor, value, rule, remedy.</summary>
/// <remarks>A <see cref="FormatException"/> and not an <see cref="IOException"/>: reading the same bytes again never helps.</remarks>
public sealed class ModelFileException : FormatException
{
    private const int LongestQuote = 100;

    /// <summary>Creates the exception without details.</summary>
    public ModelFileException()
    {
    }

    /// <summary>Creates the exception with a complete message.</summary>
    public ModelFileException(string message) : base(OneLine(message))
    {
    }

    /// <summary>Creates the exception with a complete message and its cause.</summary>
    public ModelFileException(string message, Exception? innerException) : base(OneLine(message), innerException)
    {
    }

    internal ModelFileException(string fileName, string? tensorName, string message, Exception? innerException = null)
        : base(OneLine(tensorName is null ? $"{fileName}: {message}" : $"{fileName}: tensor {Quote(tensorName)} {message}"), innerException)
    {
        FileName = fileName;
        TensorName = tensorName;
    }

    /// <summary>The file as the caller named it, or null.</summary>
    public string? FileName { get; }

    /// <summary>The tensor at fault, or null when the file as a whole is.</summary>
    public string? TensorName { get; }

    /// <summary>Text from a file, fit for a message: in quotes and of bounded length.</summary>
    internal static string Quote(string text) => text.Length <= LongestQuote ? $"'{text}'" : $"'{text.AsSpan(0, LongestQuote)}...'";

    /// <summary>Several quoted texts, the first few of them.</summary>
    internal static string QuoteSome(IReadOnlyCollection<string> texts)
    {
        const int Shown = 5;
        var shown = string.Join(", ", texts.Take(Shown).Select(Quote));
        return texts.Count <= Shown ? shown : $"{shown} and {texts.Count - Shown} more";
    }

    // Names come from hostile files: a line break or an escape sequence in one must not reach a log or a terminal.
    private static string OneLine(string message)
    {
        var line = new StringBuilder(message.Length);
        foreach (var c in message)
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029')
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                line.Append(c);
        }

        return line.ToString();
    }
}
