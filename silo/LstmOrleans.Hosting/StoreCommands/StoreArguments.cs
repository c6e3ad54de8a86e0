namespace LstmOrleans.Hosting.StoreCommands;

/// <summary>Options of a store command: pairs of name and value.</summary>
internal sealed class StoreArguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private StoreArguments()
    {
    }

    /// <summary>The embedded store of the folder that <c>--data</c>, the server's own setting in the environment, or its default names.</summary>
    public string DatabasePath => Path.GetFullPath(Path.Combine(
        _values.GetValueOrDefault("--data") ?? Environment.GetEnvironmentVariable("Lstm__DataDirectory") ?? new LstmHostOptions().DataDirectory, LstmHostingFiles.Streams));

    /// <exception cref="ArgumentException">An option is not known, comes twice or has no value.</exception>
    public static StoreArguments Parse(IEnumerable<string> args, string[] known)
    {
        var parsed = new StoreArguments();
        string? name = null;
        foreach (var word in args)
        {
            if (name is not null)
            {
                if (string.IsNullOrWhiteSpace(word) || !parsed._values.TryAdd(name, word))
                    throw new ArgumentException($"{name} is given as '{word}'; it must come once and not be blank.");
                name = null;
            }
            else
            {
                name = known.Contains(word) ? word : throw new ArgumentException($"'{word}' is not an option here; there are {string.Join(", ", known)}.");
            }
        }

        return name is null ? parsed : throw new ArgumentException($"{name} has no value. Write {name} VALUE.");
    }

    public string? Optional(string name) => _values.GetValueOrDefault(name);

    public string Required(string name) =>
        _values.TryGetValue(name, out var value) ? value : throw new ArgumentException($"{name} is missing. Write {name} VALUE.");
}

/// <summary>Names of files in the data folder.</summary>
internal static class LstmHostingFiles
{
    public const string Streams = "streams.db";
}
