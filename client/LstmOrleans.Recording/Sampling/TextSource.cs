namespace LstmOrleans.Recording.Sampling;

/// <summary>A small text file of /proc and the parser that understands it.</summary>
internal sealed class TextSource : IReadingSource
{
    private readonly string _path;
    private readonly Action<string, List<Reading>> _parse;

    public TextSource(string path, Action<string, List<Reading>> parse)
    {
        _path = path;
        _parse = parse;
    }

    public void Read(List<Reading> into)
    {
        string text;
        try
        {
            text = File.ReadAllText(_path);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            // A kernel without this file, or with the feature switched off (pressure files then refuse to be read).
            return;
        }

        _parse(text, into);
    }
}
