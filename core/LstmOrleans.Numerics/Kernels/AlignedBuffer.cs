using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>Floats that begin on a cache line and stay there: a 64-byte load or store that crosses a line costs two.</summary>
internal sealed class AlignedBuffer
{
    /// <summary>Floats of a cache line.</summary>
    public const int Line = 64 / sizeof(float);

    /// <summary>Scratch above this is given back after use instead of being kept for the next call.</summary>
    private const int MostKept = 4 << 20;

    private float[] _memory = [];
    private int _start;

    /// <summary>An empty buffer that grows when it is rented.</summary>
    public AlignedBuffer()
    {
    }

    /// <summary>A buffer of zeros.</summary>
    public AlignedBuffer(int length) => Allocate(length);

    /// <summary>The first float.</summary>
    public ref float First
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_memory), _start);
    }

    /// <summary>Rounds a length up to whole cache lines.</summary>
    public static int Lines(int length) => checked(length + Line - 1) / Line * Line;

    /// <summary>Memory whose content is what the last renter left.</summary>
    public Span<float> Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (_memory.Length - _start < length)
            Allocate(length);
        return MemoryMarshal.CreateSpan(ref First, length);
    }

    /// <summary>The rented memory from a float on.</summary>
    public Span<float> From(int start) => _memory.AsSpan(_start + start);

    /// <summary>Ends a rent: what is unusually large is left to the garbage collector.</summary>
    public void Return()
    {
        if (_memory.Length > MostKept)
            (_memory, _start) = ([], 0);
    }

    private unsafe void Allocate(int length)
    {
        _memory = GC.AllocateArray<float>(checked(length + Line), pinned: true);
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        _start = (int)((64 - (address % 64)) % 64) / sizeof(float);
    }
}
