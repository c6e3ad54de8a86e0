using LstmOrleans.Numerics.Kernels;

namespace LstmOrleans.Numerics;

/// <summary>The optional activation after a head's linear layer, element by element.</summary>
internal static class HeadActivations
{
    public static void Apply(HeadActivation activation, Span<float> values)
    {
        for (int index = 0; index < values.Length && activation != HeadActivation.None; index++)
        {
            ref float value = ref values[index];
            var lane = LaneScalar.Broadcast(value);
            lane = activation switch
            {
                HeadActivation.Sigmoid => Activations.Sigmoid(lane),
                HeadActivation.Tanh => Activations.Tanh(lane),
                HeadActivation.Relu => LaneScalar.IfGreater(LaneScalar.Broadcast(0f), lane, LaneScalar.Broadcast(0f), lane),
                _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown head activation."),
            };
            LaneScalar.Store(lane, ref value, 0);
        }
    }
}
