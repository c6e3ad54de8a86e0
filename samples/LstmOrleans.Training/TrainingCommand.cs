using System.CommandLine;

namespace LstmOrleans.Training;

/// <summary>The command line.</summary>
internal static class TrainingCommand
{
    private static readonly Option<DirectoryInfo?> Nab =
        new("--nab") { Description = "Folder of the Numenta Anomaly Benchmark that holds 'data' and 'labels'." };

    private static readonly Option<DirectoryInfo[]> Recordings =
        new("--recording") { Description = "Folder of a recording; may be given several times." };

    private static readonly Option<DirectoryInfo> Out =
        new("--out") { Description = "Folder for the model and its companions.", Required = true };

    private static readonly Option<int> Epochs = Number("--epochs", "Passes over the data.", 100);
    private static readonly Option<int> Seed = Number("--seed", "Seed of everything random.", 1);
    private static readonly Option<int> Hidden = Number("--hidden", "Units of the LSTM.", 48);
    private static readonly Option<int> Synthetic = Number("--synthetic", "Made-up streams to train on beside the real ones.", 32);
    private static readonly Option<int> Folds = Number("--folds", "Trainings that measure streams kept out of them; 0 for none.", 5);

    public static RootCommand Create()
    {
        RequireAtLeast(Epochs, 1);
        RequireAtLeast(Hidden, 1);
        RequireAtLeast(Synthetic, 0);
        Folds.Validators.Add(result =>
        {
            if (result.GetValue(Folds) is < 0 or 1)
                result.AddError($"--folds is {result.GetValue(Folds)}; it must be 0 (no measurement) or at least 2.");
        });
        var command = new RootCommand("Trains the demo's forecaster and writes model, scorer parameters, card and golden answers.")
        {
            Nab, Recordings, Out, Epochs, Seed, Hidden, Synthetic, Folds,
        };
        command.SetAction(result => Run(new TrainingOptions
        {
            Nab = result.GetValue(Nab),
            Recordings = result.GetValue(Recordings) ?? [],
            Out = result.GetValue(Out)!,
            Epochs = result.GetValue(Epochs),
            Seed = result.GetValue(Seed),
            Hidden = result.GetValue(Hidden),
            Synthetic = result.GetValue(Synthetic),
            Folds = result.GetValue(Folds),
        }));
        return command;
    }

    private static int Run(TrainingOptions options)
    {
        try
        {
            TrainingRun.Run(options, Console.Out);
            return 0;
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(broken.Message);
            return 1;
        }
    }

    private static Option<int> Number(string name, string description, int usual) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual };

    private static void RequireAtLeast(Option<int> option, int least) => option.Validators.Add(result =>
    {
        if (result.GetValue(option) < least)
            result.AddError($"{option.Name} is {result.GetValue(option)}; it must be at least {least}.");
    });
}
