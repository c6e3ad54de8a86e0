using System.Text;
using System.Text.RegularExpressions;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>A folder of models: files named by their content hash, and names that point to them.</summary>
/// <remarks>
/// <code>
///   DIR/&lt;64 hex digits&gt;.safetensors    immutable; the name is the SHA-256 of the bytes, checked at every load
///   DIR/names/&lt;name&gt;                   text: the hash this name stands for; moved to another version by an atomic rename
/// </code>
/// Files appear whole (written beside, flushed, renamed, then the folder flushed), so readers need no lock, several processes may share the
/// folder, and what was added is there after a power cut.
/// </remarks>
public sealed partial class ModelDirectory
{
    private const string Extension = ".safetensors";
    private readonly string _names;
    private readonly Action<string> _flush;

    /// <summary>A folder of models; it is created with the first model.</summary>
    public ModelDirectory(string path)
        : this(path, FolderSync.Flush)
    {
    }

    /// <summary>The same with another way to flush a folder.</summary>
    internal ModelDirectory(string path, Action<string> flush)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
        _names = System.IO.Path.Combine(Path, "names");
        _flush = flush;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Adds a model and points a name to it. Adding the same model again changes nothing but the name.</summary>
    /// <exception cref="ArgumentException">The name breaks its rule.</exception>
    /// <exception cref="IOException">Model or name cannot be written, or not be made safe from a power cut.</exception>
    public ModelHash Add(LstmParameters parameters, string name)
    {
        RequireName(name);
        FolderSync.Create(_names, _flush);
        byte[] bytes = LstmModelFile.ToBytes(parameters);
        var hash = ModelHash.Of(bytes);
        if (!IsWhole(hash))
            AtomicFile.Write(FileOf(hash), bytes, _flush);
        else
            _flush(Path); // Whoever added it may have ended before it could do this.
        // Last: a name on disk always has its model there too.
        AtomicFile.Write(System.IO.Path.Combine(_names, name), Encoding.ASCII.GetBytes(hash.ToString()), _flush);
        return hash;
    }

    /// <summary>Finds the model a text means: 64 hexadecimal digits are a hash, anything else is a name.</summary>
    /// <returns>Whether such a model is here.</returns>
    public bool TryResolve(string model, out ModelHash hash)
    {
        if (ModelHash.TryParse(model, out hash))
            return File.Exists(FileOf(hash));
        if (!NamePattern().IsMatch(model))
            return false;
        try
        {
            return ModelHash.TryParse(File.ReadAllText(System.IO.Path.Combine(_names, model)).Trim(), out hash);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Loads a model and checks that its bytes are those of its hash.</summary>
    /// <exception cref="FileNotFoundException">There is no such model here.</exception>
    /// <exception cref="ModelFileException">The file is damaged.</exception>
    public LstmParameters Load(ModelHash hash)
    {
        var loaded = LstmModelFile.Read(FileOf(hash));
        if (loaded.Hash != hash)
            throw new ModelFileException($"{FileOf(hash)}: the content's hash is {loaded.Hash}, not the file's name. Import the model again.");
        return loaded.Parameters;
    }

    /// <summary>Names with the hashes they point to, in order.</summary>
    public IReadOnlyList<(string Name, ModelHash Hash)> Names()
    {
        if (!Directory.Exists(_names))
            return [];
        var names = new List<(string, ModelHash)>();
        foreach (string name in Directory.GetFiles(_names).Select(System.IO.Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal))
        {
            if (TryResolve(name, out var hash))
                names.Add((name, hash));
        }

        return names;
    }

    // A damaged file counts as absent here, so that importing the model again repairs it.
    private bool IsWhole(ModelHash hash)
    {
        try
        {
            return ModelHash.Of(File.ReadAllBytes(FileOf(hash))) == hash;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static void RequireName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!NamePattern().IsMatch(name) || ModelHash.TryParse(name, out _))
        {
            throw new ArgumentException(
                $"The model name '{name}' must be 1 to 100 of the characters A-Z a-z 0-9 . _ - , begin with a letter or digit, and not be a hash.", nameof(name));
        }
    }

    private string FileOf(ModelHash hash) => System.IO.Path.Combine(Path, hash + Extension);

    // No '.tmp' at the end: those are names being written.
    [GeneratedRegex(@"^(?!.*\.tmp$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
