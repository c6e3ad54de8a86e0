namespace LstmOrleans.Numerics.Tests;

/// <summary>torch.nn.LSTM in plain double precision: no SIMD, no packing, nothing clever. The reference for everything else.</summary>
internal static class ReferenceLstm
{
    /// <summary>x (B, T, I); lengths one per sequence; h and c (L*D, B, ·), in initial and out final. Returns (B, T, D*K).</summary>
    public static double[,,] Forward(LstmParameters parameters, double[,,] x, int[] lengths, double[,,] h, double[,,] c)
    {
        var s = parameters.Shape;
        int batch = x.GetLength(0), steps = x.GetLength(1);
        for (int layer = 0; layer < s.NumLayers; layer++)
        {
            var y = new double[batch, steps, s.OutputSize];
            for (int direction = 0; direction < s.Directions; direction++)
            {
                int index = (layer * s.Directions) + direction;
                var w = parameters.Layers[index];
                for (int b = 0; b < batch; b++)
                {
                    for (int step = 0; step < lengths[b]; step++)
                    {
                        int t = direction == 0 ? step : lengths[b] - 1 - step;
                        var gates = new double[4 * s.HiddenSize];
                        for (int row = 0; row < gates.Length; row++)
                        {
                            int inputs = x.GetLength(2);
                            gates[row] = w.BiasIh == null ? 0 : (double)w.BiasIh[row] + w.BiasHh![row];
                            for (int k = 0; k < inputs; k++)
                                gates[row] += w.WeightIh[(row * inputs) + k] * x[b, t, k];
                            for (int k = 0; k < s.StateSize; k++)
                                gates[row] += w.WeightHh[(row * s.StateSize) + k] * h[index, b, k];
                        }

                        var hidden = new double[s.HiddenSize];
                        for (int j = 0; j < s.HiddenSize; j++)
                        {
                            double i = Sigmoid(gates[j]), f = Sigmoid(gates[s.HiddenSize + j]);
                            double g = Math.Tanh(gates[(2 * s.HiddenSize) + j]), o = Sigmoid(gates[(3 * s.HiddenSize) + j]);
                            c[index, b, j] = (f * c[index, b, j]) + (i * g);
                            hidden[j] = o * Math.Tanh(c[index, b, j]);
                        }

                        for (int k = 0; k < s.StateSize; k++)
                        {
                            double value = w.WeightHr == null ? hidden[k] : 0;
                            for (int j = 0; w.WeightHr != null && j < s.HiddenSize; j++)
                                value += w.WeightHr[(k * s.HiddenSize) + j] * hidden[j];
                            h[index, b, k] = value;
                            y[b, t, (direction * s.StateSize) + k] = value;
                        }
                    }
                }
            }

            x = y;
        }

        return x;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
