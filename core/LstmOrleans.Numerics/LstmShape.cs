using System.Globalization;

namespace LstmOrleans.Numerics;

/// <summary>The sizes of an LSTM, with the names and the defaults of <c>torch.nn.LSTM</c>. The one place where sizes are checked.</summary>
/// <remarks>Letters used everywhere: B batch, T steps, I input, H hidden, P projection, L layers, D directions; gates in the order i, f, g, o.</remarks>
public sealed record LstmShape
{
    /// <summary>The largest value of any single size. It keeps every product of two sizes and four gates inside 63 bits.</summary>
    public const int MaxSize = 1 << 20;

    /// <summary>Lanes of the widest registers: units are filled up to a multiple of them.</summary>
    private const int MostLanes = 16;

    /// <summary>I: features of one event.</summary>
    public required int InputSize { get; init; }

    /// <summary>H: units of each layer and direction.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>L: stacked layers.</summary>
    public int NumLayers { get; init; } = 1;

    /// <summary>Whether the layers have <c>b_ih</c> and <c>b_hh</c>.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether sequences are (B, T, I) and outputs (B, T, D*K); otherwise (T, B, I). States are never affected.</summary>
    public bool BatchFirst { get; init; }

    /// <summary>Probability of dropping an output between layers, in training only; inference never drops.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether a second direction reads each sequence from its end.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>P: size of the projected hidden state; 0 = no projection.</summary>
    public int ProjSize { get; init; }

    /// <summary>D: 1, or 2 when bidirectional.</summary>
    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>Size of h in one layer and direction: P with a projection, else H.</summary>
    public int StateSize => ProjSize > 0 ? ProjSize : HiddenSize;

    /// <summary>Size of one step's output: D times <see cref="StateSize"/>.</summary>
    public int OutputSize => Directions * StateSize;

    /// <summary>Floats of h for one sequence: L * D * (P or H).</summary>
    public int HiddenLength => NumLayers * Directions * StateSize;

    /// <summary>Floats of c for one sequence: L * D * H.</summary>
    public int CellLength => NumLayers * Directions * HiddenSize;

    /// <summary>What is allowed but surely not meant, in sentences for a person; empty as a rule. Where PyTorch warns, this does.</summary>
    public IReadOnlyList<string> Warnings => Dropout > 0 && NumLayers == 1
        ? [string.Create(CultureInfo.InvariantCulture,
            $"dropout is {Dropout} and num_layers is 1; dropout acts between layers only, so here it never did. ")
            + "Set dropout to 0, or train more layers."]
        : [];

    /// <summary>Input size of a layer: I for the first, D * (P or H) for the others.</summary>
    public int LayerInputSize(int layer) => layer == 0 ? InputSize : OutputSize;

    /// <summary>Checks the sizes by PyTorch's rules.</summary>
    /// <returns>This shape.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size breaks a rule; the message names the value, the rule and the remedy.</exception>
    public LstmShape Validate() => FirstProblem() is { } problem
        ? throw new ArgumentOutOfRangeException(problem.Size, problem.Value, problem.Message)
        : this;

    /// <summary>The first broken rule, or null; for callers that report it in their own words.</summary>
    internal ShapeProblem? FirstProblem()
    {
        var problem = CheckSize(InputSize, "input_size") ?? CheckSize(HiddenSize, "hidden_size") ?? CheckSize(NumLayers, "num_layers");
        if (problem is not null)
            return problem;
        if (ProjSize < 0 || ProjSize >= HiddenSize)
        {
            return new ShapeProblem("proj_size", ProjSize,
                $"proj_size is {ProjSize}; it must be 0 (no projection) or from 1 to hidden_size - 1 = {HiddenSize - 1}. Set it to one of these.");
        }

        if (!(Dropout >= 0 && Dropout <= 1))
            return new ShapeProblem("dropout", Dropout, $"dropout is {Dropout}; it is a probability. Set it to a number from 0 to 1.");
        if ((long)NumLayers * Directions * HiddenSize > int.MaxValue / 8)
        {
            return new ShapeProblem("num_layers", NumLayers,
                $"num_layers {NumLayers} * directions {Directions} * hidden_size {HiddenSize} is over {int.MaxValue / 8} floats of state; use fewer layers or units.");
        }

        for (int layer = 0; layer < Math.Min(2, NumLayers); layer++)
        {
            long weights = 4L * (HiddenSize + MostLanes) * ((long)LayerInputSize(layer) + StateSize);
            if (weights > Array.MaxLength)
            {
                return new ShapeProblem("hidden_size", HiddenSize,
                    $"hidden_size {HiddenSize} with {LayerInputSize(layer)} inputs and {StateSize} recurrent ones is {weights} weights in layer {layer}; one layer holds at most {Array.MaxLength}. Use fewer units.");
            }
        }

        return null;
    }

    private static ShapeProblem? CheckSize(int value, string name) =>
        value is < 1 or > MaxSize ? new ShapeProblem(name, value, $"{name} is {value}; it must be from 1 to {MaxSize}. Set it to the size that the model was trained with.") : null;

    /// <summary>A broken rule: which size, its value, and a sentence with value, rule and remedy.</summary>
    internal sealed record ShapeProblem(string Size, object Value, string Message);
}
