using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.Vectors;

/// <summary>The tensors and metadata of a case file, to be written with a change.</summary>
internal sealed class VectorFile
{
    private readonly SortedDictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata;

    private VectorFile(SafetensorsFile file)
    {
        foreach (var tensor in file.Tensors)
            _tensors.Add(tensor.Name, tensor);
        _metadata = new Dictionary<string, string>(file.Metadata);
    }

    public static VectorFile Load(string path) => new(SafetensorsFile.Load(path));

    public void Write(string path) => File.WriteAllBytes(path, SafetensorsWriter.ToBytes(_tensors.Values, _metadata));

    public VectorFile Drop(string name)
    {
        Assert.True(_tensors.Remove(name));
        return this;
    }

    public VectorFile Replace(SafetensorsTensor tensor)
    {
        _tensors[tensor.Name] = tensor;
        return this;
    }

    /// <summary>Changes the metadata; null removes the key.</summary>
    public VectorFile Say(string key, string? value)
    {
        Assert.True(_metadata.Remove(key));
        if (value != null)
            _metadata[key] = value;
        return this;
    }

    public VectorFile Change(string name, Action<float[]> change)
    {
        float[] values = _tensors[name].ReadFloats("test");
        change(values);
        return Replace(SafetensorsTensor.FromFloats(name, _tensors[name].Shape, values));
    }

    public VectorFile Lengths(Action<long[]> change)
    {
        long[] values = _tensors["lengths"].ReadInt64s("test");
        change(values);
        return Replace(SafetensorsTensor.FromInt64s("lengths", [values.Length], values));
    }

    /// <summary>The same bytes under another shape.</summary>
    public VectorFile Reshape(string name, params long[] shape) =>
        Replace(new SafetensorsTensor(name, _tensors[name].Type, shape, _tensors[name].Bytes));

    /// <summary>The sequences in opposite order; each tensor with the dimension that is B.</summary>
    public VectorFile ReverseBatch(params (string Name, int Dimension)[] tensors)
    {
        foreach (var (name, dimension) in tensors)
            Replace(Pick(name, dimension, [.. Enumerable.Range(0, (int)_tensors[name].Shape[dimension]).Reverse()], keep: true));
        return this;
    }

    /// <summary>The first sequence alone, without the dimension B.</summary>
    public VectorFile FirstSequence(params (string Name, int Dimension)[] tensors)
    {
        foreach (var (name, dimension) in tensors)
            Replace(Pick(name, dimension, [0], keep: false));
        return this;
    }

    private SafetensorsTensor Pick(string name, int dimension, int[] sequences, bool keep)
    {
        var tensor = _tensors[name];
        long[] shape = tensor.Shape.ToArray();
        int outer = (int)shape[..dimension].Aggregate(1L, (a, b) => a * b), batch = (int)shape[dimension];
        int inner = tensor.Bytes.Length / outer / batch;
        var bytes = new List<byte>();
        for (int place = 0; place < outer; place++)
        {
            foreach (int sequence in sequences)
                bytes.AddRange(tensor.Bytes.Slice(((place * batch) + sequence) * inner, inner).Span);
        }

        long[] picked = keep ? shape : [.. shape[..dimension], .. shape[(dimension + 1)..]];
        return new SafetensorsTensor(name, tensor.Type, picked, bytes.ToArray());
    }
}
