using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>Rows of floats at a constant distance: where kernels read and write. Unchecked: whoever cuts the buffer vouches for its length.</summary>
/// <remarks>With a stride of 0 every row is the same, which is how a bias starts all rows of a tile.</remarks>
internal readonly ref struct RowView
{
    private readonly ref float _first;

    public RowView(ref float first, int stride)
    {
        _first = ref first;
        Stride = (nuint)stride;
    }

    public RowView(Span<float> buffer, int stride) : this(ref MemoryMarshal.GetReference(buffer), stride)
    {
    }

    private RowView(ref float first, nuint stride)
    {
        _first = ref first;
        Stride = stride;
    }

    /// <summary>Floats from one row to the next.</summary>
    public nuint Stride { get; }

    /// <summary>Whether there is nothing to look at.</summary>
    public bool IsNull => Unsafe.IsNullRef(ref _first);

    /// <summary>The first float of the first row.</summary>
    public ref float First => ref _first;

    /// <summary>The first float of a row.</summary>
    public ref float this[int row] => ref Unsafe.Add(ref _first, (nuint)row * Stride);

    /// <summary>The same rows from a later column on.</summary>
    public RowView Column(int column) => new(ref Unsafe.Add(ref _first, column), Stride);

    /// <summary>The rows from a later row on.</summary>
    public RowView Row(int row) => new(ref this[row], Stride);

    /// <summary>Part of one row as a span.</summary>
    public Span<float> Span(int row, int column, int length) => MemoryMarshal.CreateSpan(ref Unsafe.Add(ref this[row], column), length);
}
