using LstmOrleans.Forecasting;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using static TorchSharp.torch;

namespace LstmOrleans.Training;

/// <summary>A whole run: measure on streams kept out, train on all, write.</summary>
internal static class TrainingRun
{
    private static readonly int[] Horizons = [1, 12, 48, 144];

    public static void Run(TrainingOptions options, TextWriter log)
    {
        // One thread: the sums of several are in no fixed order, and a model of this size gains nothing from them.
        set_num_threads(1);
        var streams = StreamSources.Read(options);
        var (rows, trainedRows) = (streams.Sum(stream => stream.Values.Count), streams.Sum(stream => stream.TrainedRows));
        log.WriteLine($"{streams.Count} streams, {rows} rows, {trainedRows} of them for training");

        var figures = MeasureHeldOut(options, streams, log);
        log.WriteLine("training on all streams");
        var trained = Train(options, streams, log);
        Save(options, streams, trained, figures, log);
    }

    // Fold f trains without every stream whose place in the shuffled list is f modulo the number of folds, and measures those.
    private static IReadOnlyList<HorizonFigures> MeasureHeldOut(
        TrainingOptions options, IReadOnlyList<StreamSeries> streams, TextWriter log)
    {
        var shuffled = streams.ToArray();
        new Random(options.Seed).Shuffle(shuffled);
        var measured = new List<(StreamSeries, IReadOnlyList<HorizonErrors>)>();
        for (var fold = 0; fold < options.Folds; fold++)
        {
            log.WriteLine($"fold {fold + 1} of {options.Folds}");
            var held = shuffled.Where((_, place) => place % options.Folds == fold).ToArray();
            var trained = Train(options, shuffled.Except(held).ToArray(), log);
            var model = new LstmModel(trained.Parameters);
            measured.AddRange(held.Select(stream => (stream, ForecastEvaluation.Measure(trained, model, stream))));
        }

        return ForecastEvaluation.Summarize(measured);
    }

    private static TrainedForecaster Train(TrainingOptions options, IReadOnlyCollection<StreamSeries> streams, TextWriter log) =>
        ForecasterTraining.Run(
            [.. streams, .. SyntheticStreams.Make(options.Synthetic, options.Seed)],
            Horizons, options.Hidden, options.Epochs, options.Seed, line => log.WriteLine("  " + line));

    private static void Save(
        TrainingOptions options, IReadOnlyList<StreamSeries> streams,
        TrainedForecaster trained, IReadOnlyList<HorizonFigures> figures, TextWriter log)
    {
        var directory = Directory.CreateDirectory(options.Out.FullName).FullName;
        var card = new ModelCard
        {
            Model = $"Forecaster: LSTM({StreamFeatures.InputSize} -> {options.Hidden}), Linear(-> {ForecastForm.AnswerSize})",
            Seed = options.Seed,
            Epochs = options.Epochs,
            FirstLoss = trained.EpochLoss[0],
            LastLoss = trained.EpochLoss[^1],
            TrainingSeconds = Math.Round(trained.Duration.TotalSeconds, 1),
            Cpu = Machine.CpuName(),
            Libtorch = __version__,
            Skip = trained.Form.Skip,
            LargestDifferenceFromLibtorch = trained.Golden.LargestDifference(new LstmModel(trained.Parameters)),
            Data = [.. DataOf(streams), .. DataOf(SyntheticStreams.Make(options.Synthetic, options.Seed))],
            Measured = HowMeasured(options.Folds),
            Figures = figures,
        };
        LstmModelFile.Write(trained.Parameters, Path.Combine(directory, "forecaster.safetensors"));
        var scorer = ScorerParameters.Recommended(trained.Form.Skip) with { Forecast = trained.Form };
        scorer.Validate().Save(Path.Combine(directory, "scorer.json"));
        trained.Golden.Save(Path.Combine(directory, "golden.json"));
        card.Save(directory);
        log.WriteLine();
        log.WriteLine(card.ToMarkdown());
    }

    private static IEnumerable<CardData> DataOf(IEnumerable<StreamSeries> streams) =>
        from stream in streams
        group stream by stream.Source into same
        select new CardData(
            same.Key, same.Count(), same.Sum(stream => (long)stream.Values.Count), same.Sum(stream => (long)stream.TrainedRows));

    private static string HowMeasured(int folds) => folds == 0
        ? "Forecasts on streams kept out of training were not measured (--folds 0)."
        : "Mean absolute errors in the streams' own units, over the rows after each stream's first 15%, computed with this project's "
            + $"LSTM core on streams the model had never seen: {folds} trainings, each without every {folds}th stream of the list shuffled "
            + "with the seed; then geometric means of the streams' ratios. The model written was trained on the first 15% of all streams.";
}
