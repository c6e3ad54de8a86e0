using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>A checked safetensors file. Its tensors are views of the bytes it was parsed from.</summary>
/// <remarks>
/// <code>
/// 8 bytes  N, little-endian
/// N bytes  JSON header, see <c>SafetensorsHeader</c>
/// rest     the tensors, without holes or overlaps
/// </code>
/// The file may come from anyone: every number is checked before it is used, and nothing is allocated by a size that was only claimed.
/// </remarks>
public sealed class SafetensorsFile
{
    /// <summary>The longest header that is read; the same limit as in the reference implementation.</summary>
    public const int MaxHeaderLength = 100_000_000;

    internal const int PrefixLength = sizeof(ulong);
    private const string DamagedRemedy = "The file is damaged or incomplete; copy or download it again.";

    private readonly Dictionary<string, SafetensorsTensor> _tensors;

    private SafetensorsFile(string source, IReadOnlyDictionary<string, string> metadata, Dictionary<string, SafetensorsTensor> tensors)
    {
        Source = source;
        Metadata = metadata;
        _tensors = tensors;
        Tensors = [.. tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
    }

    /// <summary>Where the bytes came from, for messages.</summary>
    public string Source { get; }

    /// <summary>The strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>All tensors, in ordinal order of their names.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Reads a file whole and checks it.</summary>
    /// <exception cref="ModelFileException">The content breaks a rule of safetensors.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Load(string path) => Parse(ReadWhole(path), path);

    /// <summary>Checks the bytes of a file.</summary>
    /// <param name="bytes">The whole file; must not change as long as the result is used.</param>
    /// <param name="source">What messages call the file.</param>
    /// <exception cref="ModelFileException">The content breaks a rule of safetensors.</exception>
    public static SafetensorsFile Parse(ReadOnlyMemory<byte> bytes, string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (bytes.Length < PrefixLength)
        {
            throw new ModelFileException(source, null,
                $"file has {bytes.Length} bytes; a safetensors file has at least {PrefixLength}, the length of its header. "
                    + $"{DamagedRemedy}");
        }

        var claimed = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);
        if (claimed > MaxHeaderLength)
        {
            throw new ModelFileException(source, null,
                $"header length is {claimed}; it must be at most {MaxHeaderLength}. "
                    + "Is this a safetensors file? A .pt or .pth file must be saved as safetensors first.");
        }

        var headerLength = (int)claimed;
        if (headerLength > bytes.Length - PrefixLength)
        {
            throw new ModelFileException(source, null,
                $"header length is {headerLength}, but only {bytes.Length - PrefixLength} bytes follow. {DamagedRemedy}");
        }

        var header = SafetensorsHeader.Read(bytes.Span.Slice(PrefixLength, headerLength), source);
        var tensors = PlaceTensors(header, bytes[(PrefixLength + headerLength)..], source);
        return new SafetensorsFile(source, header.Metadata, tensors);
    }

    /// <summary>Finds a tensor by name.</summary>
    public bool TryGetTensor(string name, [NotNullWhen(true)] out SafetensorsTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>The elements of an F32, BF16 or F16 tensor; widening is exact.</summary>
    /// <exception cref="ModelFileException">There is no such tensor, or it is of another type.</exception>
    public float[] ReadFloats(string name) => Find(name).ReadFloats(Source);

    /// <summary>The elements of an I64 tensor.</summary>
    /// <exception cref="ModelFileException">There is no such tensor, or it is of another type.</exception>
    public long[] ReadInt64s(string name) => Find(name).ReadInt64s(Source);

    internal static byte[] ReadWhole(string path)
    {
        using var file = File.OpenRead(path);
        var length = file.Length;
        if (length > Array.MaxLength)
        {
            throw new ModelFileException(path, null, $"file has {length} bytes; at most {Array.MaxLength} can be read. "
                + "Use a smaller model or bfloat16 weights.");
        }

        var bytes = new byte[length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private SafetensorsTensor Find(string name) => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new ModelFileException(Source, name, $"is missing; the file has {(Tensors.Count == 0 ? "no tensors" : TensorNames())}. "
            + "Check the name.");

    private string TensorNames() => ModelFileException.QuoteSome([.. Tensors.Select(tensor => tensor.Name)]);

    private static Dictionary<string, SafetensorsTensor> PlaceTensors(SafetensorsHeader header, ReadOnlyMemory<byte> data, string source)
    {
        var tensors = new Dictionary<string, SafetensorsTensor>(header.Entries.Count, StringComparer.Ordinal);
        long end = 0;
        string? previous = null;
        foreach (var entry in header.Entries.Values.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            CheckRange(entry, data.Length, source);
            if (entry.Begin != end)
            {
                var what = entry.Begin < end ? "overlaps" : "leaves a hole after";
                throw new ModelFileException(source, entry.Name,
                    $"begins at {entry.Begin} and {what} {(previous is null ? "the header" : ModelFileException.Quote(previous))}, which "
                        + $"ends at {end}; tensors must follow each other without gaps. {DamagedRemedy}");
            }

            tensors.Add(entry.Name, new SafetensorsTensor(entry.Name, entry.Type, entry.Shape, data[(int)entry.Begin..(int)entry.End]));
            end = entry.End;
            previous = entry.Name;
        }

        if (end != data.Length)
        {
            throw new ModelFileException(source, null,
                $"{data.Length} bytes follow the header, but its tensors end at {end}; they must cover the file. {DamagedRemedy}");
        }

        return tensors;
    }

    private static void CheckRange(SafetensorsHeader.Entry entry, int dataLength, string source)
    {
        if (entry.End < entry.Begin || entry.End > dataLength)
        {
            throw new ModelFileException(source, entry.Name,
                $"lies at [{entry.Begin}, {entry.End}); that must be a range inside the {dataLength} bytes after the header. "
                    + $"{DamagedRemedy}");
        }

        var shape = SafetensorsTensor.ShapeText(entry.Shape);
        if (TensorTypes.ByteLength(entry.Type, entry.Shape) is not { } length)
            throw new ModelFileException(source, entry.Name, $"has shape {shape}; its bytes must be countable in 63 bits. {DamagedRemedy}");
        if (length != entry.End - entry.Begin)
        {
            throw new ModelFileException(source, entry.Name,
                $"has {entry.End - entry.Begin} bytes; {TensorTypes.NameOf(entry.Type)} of shape {shape} is {length} bytes. "
                    + $"{DamagedRemedy}");
        }
    }
}
