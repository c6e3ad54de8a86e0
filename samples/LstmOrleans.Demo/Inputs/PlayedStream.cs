using System.Runtime.InteropServices;
using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Inputs;

/// <summary>One stream to be played: each row one event, position = row number.</summary>
/// <param name="Name">The stream's key.</param>
/// <param name="Values">The value of each row; row r is at index r - 1.</param>
internal sealed record PlayedStream(string Name, double[] Values) : IStreamRows
{
    public int WarmRows(ScorerParameters parameters) => parameters.WarmFor(Values.Length);

    public ValueTask<bool> HasAsync(long position, CancellationToken cancellation) => new(position <= Values.Length);

    public double Value(long position) => Values[position - 1];

    /// <summary>The model's inputs of all rows, (T, 2): the same fold that <see cref="Playing.StreamPlayer"/> sends event by event.</summary>
    public byte[] AllInputs()
    {
        byte[] bytes = new byte[Values.Length * StreamFeatures.InputSize * sizeof(float)];
        var inputs = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        var features = default(StreamFeatures);
        for (int row = 0; row < Values.Length; row++)
        {
            features = features.Next(Values[row]);
            features.WriteInputs(inputs.Slice(row * StreamFeatures.InputSize, StreamFeatures.InputSize));
        }

        return bytes;
    }
}
