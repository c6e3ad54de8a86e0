using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>The smallest stream there is: a model of one unit and one input, and the record it begins with.</summary>
internal static class OneUnitStream
{
    public static LstmModel MakeModel()
    {
        var shape = new LstmShape { InputSize = 1, HiddenSize = 1 };
        return new(new LstmParameters(shape, [new LayerParameters([0.5f, -0.3f, 0.8f, 0.2f], [0.1f, 0.7f, -0.4f, 0.6f], [0, 0.1f, 0.2f, 0.3f], [0, 0, 0, 0], null)]));
    }

    /// <summary>What is stored when it was opened.</summary>
    public static StreamRecord Opened(StreamMode mode, ulong incarnation) => new()
    {
        NumericsVersion = NumericsVersion.Current,
        ModelHash = new byte[32],
        Mode = mode,
        AnswerSize = 1,
        WindowAnswers = 8,
        WindowBytes = 1024,
        Incarnation = incarnation,
        H = new float[1],
        C = new float[1],
    };
}
