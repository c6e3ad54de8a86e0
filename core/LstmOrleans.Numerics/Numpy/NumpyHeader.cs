using System.Globalization;
using System.Text;

namespace LstmOrleans.Numerics.Numpy;

/// <summary>What the header of a <c>.npy</c> file says. A Python dictionary of three known keys; anything else is refused, nothing is evaluated.</summary>
/// <param name="Type">The element type, for example <c>&lt;f4</c>.</param>
/// <param name="FortranOrder">Whether the first dimension is the fastest.</param>
/// <param name="Shape">The dimensions.</param>
internal readonly record struct NumpyHeader(string Type, bool FortranOrder, int[] Shape)
{
    public static NumpyHeader Parse(ReadOnlySpan<byte> bytes)
    {
        foreach (byte symbol in bytes)
        {
            if (symbol is (< 0x20 or > 0x7E) and not (byte)'\n')
                throw Broken($"it holds the byte 0x{symbol:x2}, which no header of version 1.0 needs");
        }

        var reader = new Reader(Encoding.ASCII.GetString(bytes));
        string? type = null;
        bool? fortran = null;
        int[]? shape = null;
        reader.Expect('{');
        while (!reader.TryTake('}'))
        {
            string key = reader.Text();
            reader.Expect(':');
            switch (key)
            {
                case "descr" when type == null:
                    type = reader.Text();
                    break;
                case "fortran_order" when fortran == null:
                    fortran = reader.Truth();
                    break;
                case "shape" when shape == null:
                    shape = reader.Dimensions();
                    break;
                default:
                    throw Broken($"key '{key}' is not known, or there twice");
            }

            if (!reader.TryTake(','))
            {
                reader.Expect('}');
                break;
            }
        }

        reader.ExpectEnd();
        return type != null && fortran is { } order && shape != null
            ? new NumpyHeader(type, order, shape)
            : throw Broken("it lacks one of 'descr', 'fortran_order' and 'shape'");
    }

    private static NumpyFileException Broken(string why) => new($"The header of the .npy file is broken: {why}. Save the array anew with numpy.save(file, x.astype('<f4')).");

    private ref struct Reader(string text)
    {
        private readonly string _text = text;
        private int _at;

        public bool TryTake(char symbol)
        {
            SkipSpaces();
            if (_at >= _text.Length || _text[_at] != symbol)
                return false;
            _at++;
            return true;
        }

        public void Expect(char symbol)
        {
            if (!TryTake(symbol))
                throw Broken(string.Create(CultureInfo.InvariantCulture, $"'{symbol}' belongs at place {_at}, and {Found} is there"));
        }

        public void ExpectEnd()
        {
            SkipSpaces();
            if (_text[_at..] is not ("\n" or ""))
                throw Broken(string.Create(CultureInfo.InvariantCulture, $"it goes on behind its end at place {_at}"));
        }

        public string Text()
        {
            char quote = TryTake('\'') ? '\'' : '"';
            if (quote == '"' && !TryTake('"'))
                throw Broken(string.Create(CultureInfo.InvariantCulture, $"a quoted name or type belongs at place {_at}, and {Found} is there"));
            int end = _text.IndexOf(quote, _at);
            if (end < 0 || _text.AsSpan(_at, end - _at).Contains('\\'))
                throw Broken(string.Create(CultureInfo.InvariantCulture, $"the text at place {_at} does not end, or has a backslash"));
            string value = _text[_at..end];
            _at = end + 1;
            return value;
        }

        public bool Truth()
        {
            SkipSpaces();
            foreach (var (word, value) in new[] { ("True", true), ("False", false) })
            {
                if (string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0)
                {
                    _at += word.Length;
                    return value;
                }
            }

            throw Broken(string.Create(CultureInfo.InvariantCulture, $"True or False belongs at place {_at}, and {Found} is there"));
        }

        public int[] Dimensions()
        {
            var lengths = new List<int>();
            Expect('(');
            while (!TryTake(')'))
            {
                lengths.Add(Number());
                if (lengths.Count > NumpyFile.MostDimensions)
                    throw Broken($"the array has more than {NumpyFile.MostDimensions} dimensions");
                if (!TryTake(','))
                {
                    // (3) is a number in Python; only (3,) is a tuple.
                    if (lengths.Count == 1)
                        throw Broken("the shape is a number; it is a tuple, such as (3,)");
                    Expect(')');
                    break;
                }
            }

            return [.. lengths];
        }

        private int Number()
        {
            SkipSpaces();
            int start = _at;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
                _at++;
            return int.TryParse(_text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw Broken(string.Create(CultureInfo.InvariantCulture, $"a dimension from 0 to {int.MaxValue} belongs at place {start}, and {Found} is there"));
        }

        private readonly string Found => _at < _text.Length ? $"'{_text[_at]}'" : "the end";

        private void SkipSpaces()
        {
            while (_at < _text.Length && _text[_at] == ' ')
                _at++;
        }
    }
}
