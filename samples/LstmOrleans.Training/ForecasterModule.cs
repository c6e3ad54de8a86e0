using LstmOrleans.Forecasting;
using LstmOrleans.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LstmOrleans.Training;

/// <summary>The forecaster as libtorch trains it: LSTM(2 -> H), Linear(H -> 8) and one skip factor for each horizon.</summary>
internal sealed class ForecasterModule : nn.Module
{
    public const double LogSigmaMinimum = -5;
    public const double LogSigmaMaximum = 3;

    // The further ahead, the less a value stays where it is.
    private static readonly float[] FirstSkip = [1, 0.7f, 0.5f, 0.2f];

    private readonly LSTM _lstm;
    private readonly Linear _head;
    private readonly Parameter _skip;

    public ForecasterModule(int hidden)
        : base("forecaster")
    {
        Hidden = hidden;
        _lstm = nn.LSTM(StreamFeatures.InputSize, hidden);
        _head = nn.Linear(hidden, ForecastForm.AnswerSize);
        _skip = new Parameter(tensor(FirstSkip));
        // A quiet start: at first the skip forecasts alone.
        using (no_grad())
        {
            _head.weight.mul_(0.3f);
            _head.bias!.zero_();
        }

        RegisterComponents();
    }

    public int Hidden { get; }

    /// <summary>Runs steps and gives the head's answers (T, B, 8) with the next (h, c).</summary>
    public (Tensor Answer, Tensor H, Tensor C) Forward(Tensor inputs, Tensor h, Tensor c)
    {
        var (output, nextH, nextC) = _lstm.forward(inputs, (h, c));
        return (_head.forward(output), nextH, nextC);
    }

    /// <summary>Mean loss over the targets that count: -log of Student's t with 5 degrees of freedom, without its constant.</summary>
    public Tensor Loss(Tensor answer, Tensor inputs, TrainingTargets targets)
    {
        var parts = answer.chunk(2, -1);
        var middle = _skip * inputs.narrow(-1, 0, 1) + targets.Unit * parts[0];
        var logSigma = parts[1].clamp(LogSigmaMinimum, LogSigmaMaximum) + targets.Unit.log();
        var distance = (targets.Values - middle) * (-logSigma).exp();
        var loss = logSigma + 3 * (distance.square() / 5).log1p();
        return (loss * targets.Mask).sum() / targets.Mask.sum().clamp_min(1);
    }

    /// <summary>The trained numbers in this project's form.</summary>
    public LstmParameters ToParameters()
    {
        var values = _lstm.state_dict();
        var layer = new LayerParameters(
            Floats(values["weight_ih_l0"]), Floats(values["weight_hh_l0"]),
            Floats(values["bias_ih_l0"]), Floats(values["bias_hh_l0"]), WeightHr: null);
        var linear = new LinearHead(Floats(_head.weight), Floats(_head.bias!), ForecastForm.AnswerSize);
        var shape = new LstmShape { InputSize = StreamFeatures.InputSize, HiddenSize = Hidden };
        return new LstmParameters(shape, [layer], Scaling: null, linear, ["standing", "change"]);
    }

    /// <summary>What the answers mean, with the learned skip factors.</summary>
    public ForecastForm ToForm(int[] horizons) => new()
    {
        Horizons = horizons,
        Skip = Floats(_skip),
        LogSigmaMinimum = LogSigmaMinimum,
        LogSigmaMaximum = LogSigmaMaximum,
    };

    private static float[] Floats(Tensor values) => values.detach().cpu().contiguous().data<float>().ToArray();
}
