using LstmOrleans.Numerics;

namespace LstmOrleans.Peers;

/// <summary>
/// Writes parameters as an ONNX model: one LSTM node for each layer, weights as initializers. Between layers (T, D, B, H) becomes (T, B, D*H); the
/// last layer's output is left as the node gives it, (T, D, B, H), so that no copy is charged to the peer.
/// </summary>
/// <remarks>
/// Inputs: X (T, B, I); for each layer h0_n and c0_n (D, B, H); lengths (B) if asked for. Outputs: Y; for each layer hn_n and cn_n.
/// The field numbers are those of onnx.proto. ONNX has no projection, and its gates are in the order i, o, f, c (our g).
/// </remarks>
internal static class OnnxLstmModel
{
    public const string X = "X";
    public const string Y = "Y";
    public const string Lengths = "lengths";

    private const int OpsetVersion = 14;
    private const int IrVersion = 8;
    private const int FloatType = 1;
    private const int Int32Type = 6;
    private const int Int64Type = 7;
    private const int IntAttribute = 2;
    private const int StringAttribute = 3;
    private const int IntsAttribute = 7;

    /// <summary>Where ONNX's gates i, o, f, c stand in PyTorch's order.</summary>
    private static readonly int[] GateOrder = [0, 3, 1, 2];

    public static string Name(string kind, int layer) => $"{kind}_{layer}";

    public static byte[] Write(LstmParameters parameters, int steps, int batch, bool withLengths)
    {
        var shape = parameters.Shape;
        if (shape.ProjSize > 0)
            throw new ArgumentException($"The LSTM has proj_size = {shape.ProjSize}; ONNX's LSTM operator has no projection.", nameof(parameters));
        var model = new ProtobufWriter();
        model.Integer(1, IrVersion);
        model.Text(2, "LstmOrleans");
        model.Message(7, graph => WriteGraph(graph, parameters, steps, batch, withLengths));
        model.Message(8, opset =>
        {
            opset.Text(1, string.Empty);
            opset.Integer(2, OpsetVersion);
        });
        return model.ToArray();
    }

    private static void WriteGraph(ProtobufWriter graph, LstmParameters parameters, int steps, int batch, bool withLengths)
    {
        var shape = parameters.Shape;
        long[] state = [shape.Directions, batch, shape.HiddenSize];
        for (int layer = 0; layer < shape.NumLayers; layer++)
        {
            bool last = layer == shape.NumLayers - 1;
            Node(graph, "LSTM",
                [layer == 0 ? X : Name("x", layer), Name("W", layer), Name("R", layer), shape.Bias ? Name("B", layer) : string.Empty,
                    withLengths ? Lengths : string.Empty, Name("h0", layer), Name("c0", layer)],
                [last ? Y : Name("y", layer), Name("hn", layer), Name("cn", layer)],
                node =>
                {
                    Attribute(node, "hidden_size", IntAttribute, attribute => attribute.Integer(3, shape.HiddenSize));
                    Attribute(node, "direction", StringAttribute, attribute => attribute.Text(4, shape.Bidirectional ? "bidirectional" : "forward"));
                });
            if (last)
                break;
            if (!shape.Bidirectional)
            {
                Node(graph, "Squeeze", [Name("y", layer), "direction_axis"], [Name("x", layer + 1)]);
                continue;
            }

            Node(graph, "Transpose", [Name("y", layer)], [Name("swapped", layer)],
                node => Attribute(node, "perm", IntsAttribute, attribute => Array.ForEach([0, 2, 1, 3], axis => attribute.Integer(8, axis))));
            Node(graph, "Reshape", [Name("swapped", layer), "joined"], [Name("x", layer + 1)]);
        }

        graph.Text(2, "lstm");
        for (int layer = 0; layer < shape.NumLayers; layer++)
            WriteWeights(graph, parameters, layer);
        if (shape.NumLayers > 1 && shape.Bidirectional)
            Initializer<long>(graph, "joined", Int64Type, [3], [0, 0, -1]);
        else if (shape.NumLayers > 1)
            Initializer<long>(graph, "direction_axis", Int64Type, [1], [1]);

        Value(graph, 11, X, FloatType, [steps, batch, shape.InputSize]);
        if (withLengths)
            Value(graph, 11, Lengths, Int32Type, [batch]);
        Value(graph, 12, Y, FloatType, [steps, shape.Directions, batch, shape.HiddenSize]);
        for (int layer = 0; layer < shape.NumLayers; layer++)
        {
            Value(graph, 11, Name("h0", layer), FloatType, state);
            Value(graph, 11, Name("c0", layer), FloatType, state);
            Value(graph, 12, Name("hn", layer), FloatType, state);
            Value(graph, 12, Name("cn", layer), FloatType, state);
        }
    }

    private static void WriteWeights(ProtobufWriter graph, LstmParameters parameters, int layer)
    {
        var shape = parameters.Shape;
        int hidden = shape.HiddenSize, inputs = shape.LayerInputSize(layer), directions = shape.Directions;
        List<float> w = [], r = [], b = [];
        for (int direction = 0; direction < directions; direction++)
        {
            var weights = parameters.Layers[(layer * directions) + direction];
            Reorder(weights.WeightIh, hidden * inputs, w);
            Reorder(weights.WeightHh, hidden * hidden, r);
            if (shape.Bias)
            {
                Reorder(weights.BiasIh!, hidden, b);
                Reorder(weights.BiasHh!, hidden, b);
            }
        }

        Initializer<float>(graph, Name("W", layer), FloatType, [directions, 4 * hidden, inputs], [.. w]);
        Initializer<float>(graph, Name("R", layer), FloatType, [directions, 4 * hidden, hidden], [.. r]);
        if (shape.Bias)
            Initializer<float>(graph, Name("B", layer), FloatType, [directions, 8 * hidden], [.. b]);
    }

    private static void Reorder(float[] gates, int gateLength, List<float> destination)
    {
        foreach (int gate in GateOrder)
            destination.AddRange(gates.AsSpan(gate * gateLength, gateLength));
    }

    private static void Node(ProtobufWriter graph, string operation, string[] inputs, string[] outputs, Action<ProtobufWriter>? attributes = null) =>
        graph.Message(1, node =>
        {
            Array.ForEach(inputs, name => node.Text(1, name));
            Array.ForEach(outputs, name => node.Text(2, name));
            node.Text(4, operation);
            attributes?.Invoke(node);
        });

    private static void Attribute(ProtobufWriter node, string name, int type, Action<ProtobufWriter> value) => node.Message(5, attribute =>
    {
        attribute.Text(1, name);
        value(attribute);
        attribute.Integer(20, type);
    });

    private static void Initializer<T>(ProtobufWriter graph, string name, int type, long[] sizes, T[] values) where T : unmanaged =>
        graph.Message(5, tensor =>
        {
            Array.ForEach(sizes, size => tensor.Integer(1, size));
            tensor.Integer(2, type);
            tensor.Text(8, name);
            tensor.Raw<T>(9, values);
        });

    private static void Value(ProtobufWriter graph, int field, string name, int type, long[] sizes) => graph.Message(field, value =>
    {
        value.Text(1, name);
        value.Message(2, kind => kind.Message(1, tensor =>
        {
            tensor.Integer(1, type);
            tensor.Message(2, dimensions => Array.ForEach(sizes, size => dimensions.Message(1, one => one.Integer(1, size))));
        }));
    });
}
