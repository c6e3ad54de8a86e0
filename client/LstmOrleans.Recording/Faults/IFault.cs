namespace LstmOrleans.Recording.Faults;

/// <summary>One kind of trouble. It runs in a process of its own and gives everything back before it returns.</summary>
internal interface IFault
{
    /// <summary>Makes trouble until told to stop; says in a few words, without commas, how much it was.</summary>
    string Run(FaultContext context);
}
