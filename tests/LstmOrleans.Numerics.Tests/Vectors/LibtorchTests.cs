namespace LstmOrleans.Numerics.Tests.Vectors;

/// <summary>What libtorch computed, computed here: full sequences, and step by step where a stream could do it.</summary>
public class LibtorchTests
{
    public static TheoryData<string> Cases => [.. VectorCase.Names];

    [Theory, MemberData(nameof(Cases))]
    public void Forward_EqualsLibtorch(string name)
    {
        var test = VectorCase.Load(name);
        var (output, h, c) = Forward(test);
        LstmAssert.Close(Doubles(test.Output), output, $"{name}: output");
        LstmAssert.Close(Doubles(test.Hn), h, $"{name}: h_n");
        LstmAssert.Close(Doubles(test.Cn), c, $"{name}: c_n");
    }

    [Theory, MemberData(nameof(Cases))]
    public void Steps_OfEveryStreamableCase_EqualForwardBits(string name)
    {
        var test = VectorCase.Load(name);
        if (test.Shape.Bidirectional || test.Lengths != null)
            return;
        var (output, h, c) = Forward(test);
        var model = new LstmModel(test.Parameters);
        int features = test.Shape.InputSize, size = test.Shape.OutputSize;
        for (int b = 0; b < test.Batch; b++)
        {
            var state = new LstmState(test.Shape);
            for (int layer = 0; layer < test.Shape.NumLayers; layer++)
            {
                test.H0.AsSpan(((layer * test.Batch) + b) * test.Shape.StateSize, test.Shape.StateSize).CopyTo(state.H.AsSpan(layer * test.Shape.StateSize));
                test.C0.AsSpan(((layer * test.Batch) + b) * test.Shape.HiddenSize, test.Shape.HiddenSize).CopyTo(state.C.AsSpan(layer * test.Shape.HiddenSize));
            }

            float[] answer = new float[size];
            for (int t = 0; t < test.Steps; t++)
            {
                int at = test.Shape.BatchFirst ? (b * test.Steps) + t : (t * test.Batch) + b;
                model.Step(test.X.AsSpan(at * features, features), state, answer);
                LstmAssert.BitEqual(output.AsSpan(at * size, size), answer, $"{name}: step {t} of sequence {b}");
            }

            for (int layer = 0; layer < test.Shape.NumLayers; layer++)
            {
                LstmAssert.BitEqual(h.AsSpan(((layer * test.Batch) + b) * test.Shape.StateSize, test.Shape.StateSize), state.H.AsSpan(layer * test.Shape.StateSize, test.Shape.StateSize), $"{name}: h_n");
                LstmAssert.BitEqual(c.AsSpan(((layer * test.Batch) + b) * test.Shape.HiddenSize, test.Shape.HiddenSize), state.C.AsSpan(layer * test.Shape.HiddenSize, test.Shape.HiddenSize), $"{name}: c_n");
            }
        }
    }

    private static (float[] Output, float[] H, float[] C) Forward(VectorCase test)
    {
        float[] output = new float[test.Output.Length], h = [.. test.H0], c = [.. test.C0];
        new LstmModel(test.Parameters).Forward(test.X, test.Batch, test.Steps, test.Lengths, test.Shape.BatchFirst, output, h, c);
        return (output, h, c);
    }

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
