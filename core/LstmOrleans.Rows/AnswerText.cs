using System.Buffers;
using System.Globalization;
using System.Text;

namespace LstmOrleans.Rows;

/// <summary>Answers as CSV. Floats are written with the fewest digits that give the same bits when they are read again.</summary>
internal sealed class AnswerText
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public void Clear() => _bytes.ResetWrittenCount();

    /// <summary>The first line: names, then y0, y1, ... for the floats of an answer.</summary>
    public void Header(string names, int answerSize)
    {
        _bytes.Write(Encoding.UTF8.GetBytes(names));
        for (var index = 0; index < answerSize; index++)
        {
            Write(",y"u8);
            Write(index);
        }

        Write("\n"u8);
    }

    public void Row(long number, ReadOnlySpan<float> answer)
    {
        Write(number);
        foreach (var value in answer)
        {
            Write(","u8);
            var space = _bytes.GetSpan(32);
            value.TryFormat(space, out var count, "R", CultureInfo.InvariantCulture);
            _bytes.Advance(count);
        }

        Write("\n"u8);
    }

    /// <summary>A text field, quoted where it must be.</summary>
    public void Field(string text)
    {
        var quoted = text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
        _bytes.Write(Encoding.UTF8.GetBytes(quoted));
        Write(","u8);
    }

    private void Write(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    private void Write(long number)
    {
        var space = _bytes.GetSpan(20);
        number.TryFormat(space, out var count, provider: CultureInfo.InvariantCulture);
        _bytes.Advance(count);
    }
}
