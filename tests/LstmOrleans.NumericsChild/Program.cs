// Computes the listed cases and prints "CASE CHECKSUM" for each, then "all CHECKSUM lanes N". A process of its own, because the runtime's switches
// for instruction sets (DOTNET_EnableAVX2=0 and so on) act at its start.
using LstmOrleans.NumericsChild;

using var all = new ResultHash();
int lanes = 0;
foreach (var test in BitCases.All)
{
    using var own = new ResultHash();
    lanes = test.Run(values =>
    {
        own.Add(values);
        all.Add(values);
    });
    Console.WriteLine($"{test.Name} {own}");
}

Console.WriteLine($"all {all} lanes {lanes}");
