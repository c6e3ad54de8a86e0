using System.Text.Json;
using System.Text.Unicode;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>The JSON header of a safetensors file, read token by token: nothing is allocated that the header does not contain.</summary>
/// <remarks>
/// <code>
/// {"__metadata__": {"key": "value", ...},
///  "name": {"dtype": "F32", "shape": [4, 1], "data_offsets": [begin, end]}, ...}   padded with spaces
/// </code>
/// Offsets count from the end of the header.
/// </remarks>
internal sealed class SafetensorsHeader
{
    public const string MetadataName = "__metadata__";
    private const string Remedy = "Save the file again with the safetensors library.";

    // Object, tensor, array: a deeper header is not safetensors, and the reader stops before it recurses.
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 3 };

    private readonly string _source;

    private SafetensorsHeader(string source) => _source = source;

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Entry> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>What the header says of one tensor: no number is negative, and nothing is checked against the file yet.</summary>
    public readonly record struct Entry(string Name, TensorType Type, long[] Shape, long Begin, long End);

    public static SafetensorsHeader Read(ReadOnlySpan<byte> utf8, string source)
    {
        if (utf8.IsEmpty || utf8[0] != '{')
        {
            throw new ModelFileException(source, null,
                $"header starts with {(utf8.IsEmpty ? "nothing" : $"byte 0x{utf8[0]:x2}")}; it must start with '{{'. "
                    + "Is this a safetensors file? A .pt or .pth file must be saved as safetensors first.");
        }

        if (!Utf8.IsValid(utf8))
            throw new ModelFileException(source, null, $"header is not valid UTF-8; it must be UTF-8 JSON. {Remedy}");

        var header = new SafetensorsHeader(source);
        try
        {
            header.ReadRoot(utf8);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped lone surrogate has no UTF-16 form.
            throw new ModelFileException(source, null, $"header is not valid JSON of at most {Strict.MaxDepth} levels ({e.Message}) "
                + $"{Remedy}", e);
        }

        return header;
    }

    private void ReadRoot(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8, Strict);
        json.Read();
        var metadataSeen = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            if (name == MetadataName)
            {
                if (metadataSeen)
                    throw new ModelFileException(_source, null, $"header has '{MetadataName}' twice; names must be unique. {Remedy}");
                metadataSeen = true;
                ReadMetadata(ref json);
            }
            else if (!Entries.TryAdd(name, ReadEntry(ref json, name)))
            {
                throw new ModelFileException(_source, name, $"appears twice; names must be unique. {Remedy}");
            }
        }

        // Only the padding may follow; anything else makes the reader throw.
        while (json.Read())
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw new ModelFileException(_source, null, $"'{MetadataName}' is {json.TokenType}; it must be an object of strings. {Remedy}");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String)
            {
                throw new ModelFileException(_source, null,
                    $"'{MetadataName}' entry {ModelFileException.Quote(key)} is {json.TokenType}; it must be a string. {Remedy}");
            }

            if (!Metadata.TryAdd(key, json.GetString()!))
            {
                throw new ModelFileException(_source, null,
                    $"'{MetadataName}' has entry {ModelFileException.Quote(key)} twice; keys must be unique. {Remedy}");
            }
        }
    }

    private Entry ReadEntry(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new ModelFileException(_source, name, $"is described by {json.TokenType}; "
                + $"it must be an object with dtype, shape and data_offsets. {Remedy}");
        }

        TensorType? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var property = json.GetString()!;
            json.Read();
            switch (property)
            {
                case "dtype" when type is null:
                    type = ReadType(ref json, name);
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref json, name, property);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref json, name, property);
                    break;
                default:
                    throw new ModelFileException(_source, name,
                        $"has property {ModelFileException.Quote(property)}; it must have dtype, shape and data_offsets, each once. "
                            + $"{Remedy}");
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            var missing = type is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw new ModelFileException(_source, name, $"has no {missing}; it must have dtype, shape and data_offsets. {Remedy}");
        }

        if (offsets.Length != 2)
            throw new ModelFileException(_source, name, $"has {offsets.Length} data_offsets; there must be 2, begin and end. {Remedy}");
        return new Entry(name, type.Value, shape, offsets[0], offsets[1]);
    }

    private TensorType ReadType(ref Utf8JsonReader json, string name)
    {
        var text = json.TokenType == JsonTokenType.String ? json.GetString()! : json.TokenType.ToString();
        return TensorTypes.TryParse(text, out var type)
            ? type
            : throw new ModelFileException(_source, name,
                $"has dtype {ModelFileException.Quote(text)}; it must be one of {TensorTypes.AllNames}. Save the model as float32.");
    }

    private long[] ReadNumbers(ref Utf8JsonReader json, string name, string property)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw new ModelFileException(_source, name, $"has {property} of kind {json.TokenType}; it must be an array of numbers. "
                + $"{Remedy}");
        }

        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var number) || number < 0)
            {
                throw new ModelFileException(_source, name,
                    $"has {property} with an entry that is not a whole number from 0 to {long.MaxValue}; every entry must be one. "
                        + $"{Remedy}");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }
}
