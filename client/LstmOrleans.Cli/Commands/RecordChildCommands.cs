using System.CommandLine;
using LstmOrleans.Recording.Faults;
using LstmOrleans.Recording.Probes;

namespace LstmOrleans.Cli.Commands;

/// <summary>What the recorder starts this program for again: its echo process and its faults. Not shown in the help.</summary>
internal static class RecordChildCommands
{
    public static Command CreateFault()
    {
        var kind = new Argument<string>("kind");
        var seconds = new Option<double>("--seconds") { Required = true };
        var intensity = new Option<double>("--intensity") { DefaultValueFactory = _ => 0.5 };
        var size = new Option<double>("--size") { DefaultValueFactory = _ => 1 };
        var work = new Option<string>("--work") { Required = true };
        var target = new Option<int>("--target");
        var command = new Command("fault", "Make one kind of trouble.")
        {
            kind, seconds, intensity, size, work, target,
        };
        command.Hidden = true;
        command.SetAction(parsed => RecordCommand.Guard(() => FaultChild.Run(
            new FaultRequest(
                parsed.GetRequiredValue(kind), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(intensity),
                parsed.GetValue(size), parsed.GetRequiredValue(work), parsed.GetValue(target)),
            Console.OpenStandardInput(),
            Console.Out)));
        return command;
    }

    public static Command CreateEcho()
    {
        var command = new Command("echo", "Answer the loopback probe.") { Hidden = true };
        command.SetAction(_ => RecordCommand.Guard(() => EchoPeer.Run(Console.OpenStandardInput(), Console.Out)));
        return command;
    }
}
