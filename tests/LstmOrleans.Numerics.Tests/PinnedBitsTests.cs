using System.Globalization;

namespace LstmOrleans.Numerics.Tests;

/// <summary>Decision: one chain, one answer, on every instruction set, and the same one as when the version was released.</summary>
public class PinnedBitsTests
{
    private static readonly string[] Switches = ["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    [Fact]
    public async Task ListedCases_OnEveryInstructionSet_GiveThePinnedBits()
    {
        var plain = await RunAsync(null);
        var narrower = new List<Run>();
        foreach (string name in Switches)
            narrower.Add(await RunAsync(name));

        foreach (var run in narrower)
        {
            var different = run.Cases.Zip(plain.Cases).Where(pair => pair.First != pair.Second).Select(pair => pair.First.Split(' ')[0]);
            Assert.True(run.Checksum == plain.Checksum,
                $"{run.Lanes} lanes ({run.Switch}=0) give other bits than {plain.Lanes} lanes, in: {string.Join(", ", different)}. Every instruction set must compute the one chain.");
        }

        Assert.True(narrower[0].Lanes <= 8 && narrower[1].Lanes <= 4 && narrower[2].Lanes == 1,
            $"The switches {string.Join(", ", Switches)} left {string.Join(", ", narrower.Select(run => run.Lanes))} lanes: a width was not switched off.");
        Assert.True(PinnedBits.ChecksumOf.TryGetValue(NumericsVersion.Current, out string? pinned) && pinned == plain.Checksum,
            $"""
            The listed cases give {plain.Checksum}; NumericsVersion {NumericsVersion.Current} is pinned to {pinned ?? "nothing"}.
            Some bit of some result changed, so states stored by version {NumericsVersion.Current} would go on with other answers. If that was not meant, undo it.
            If it was, count NumericsVersion.Current up, say what is computed now, and pin the new checksum in PinnedBits.cs beside the old one.
            If only the list of cases grew, run LstmOrleans.NumericsChild before and after: the lines of the old cases must be the same. Then pin the new checksum.
            """);
    }

    private static async Task<Run> RunAsync(string? switchedOff)
    {
        // A switch that this process was started with is not handed down.
        string[] lines = await Child.RunAsync("LstmOrleans.NumericsChild",
            Switches.Select(name => KeyValuePair.Create(name, name == switchedOff ? "0" : null)));
        string[] last = lines[^1].Split(' ');
        Assert.Equal(("all", "lanes"), (last[0], last[2]));
        return new Run(switchedOff, lines[..^1], last[1], int.Parse(last[3], CultureInfo.InvariantCulture));
    }

    /// <summary>What one child printed.</summary>
    private sealed record Run(string? Switch, string[] Cases, string Checksum, int Lanes);
}
