using System.Globalization;
using System.Runtime.InteropServices;

namespace LstmOrleans.Faults.Producers;

/// <summary>What a stream's producer sends: a pure function of seed, stream and position, so that nothing needs to be kept to compute it again.</summary>
internal readonly record struct StreamEvents(int Seed, int Stream)
{
    public const string KeyPrefix = "faults-";

    public string Key => string.Create(CultureInfo.InvariantCulture, $"{KeyPrefix}{Stream:d5}");

    /// <summary>Never 0.</summary>
    public ulong Incarnation => Math.Max(1, Mix(Word(0)));

    /// <summary>The id of the stream's session. Never 0.</summary>
    public ulong Session => Math.Max(1, Mix(Word(-1)));

    /// <summary>The inputs of positions first, first + 1, ...: (count, I).</summary>
    public float[] Inputs(long first, int count)
    {
        float[] inputs = new float[count * FaultModel.InputSize];
        for (int index = 0; index < inputs.Length; index++)
        {
            ulong bits = Mix(Word(first + (index / FaultModel.InputSize)) + ((ulong)(index % FaultModel.InputSize) * 0xD1B54A32D192ED03));
            inputs[index] = ((bits >> 40) / (float)(1 << 23)) - 1;
        }

        return inputs;
    }

    public ReadOnlyMemory<byte> InputBytes(long first, int count) => MemoryMarshal.AsBytes(Inputs(first, count).AsSpan()).ToArray();

    private ulong Word(long position) => Mix(((ulong)(uint)Seed << 32) | (uint)Stream) ^ ((ulong)position * 0x9E3779B97F4A7C15);

    // The finaliser of splitmix64.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
